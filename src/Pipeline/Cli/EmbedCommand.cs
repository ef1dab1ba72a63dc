using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Embed;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Training;

namespace DoRA.Pipeline.Cli;

/// <summary><c>embed INPUT --output FILE</c>: tokens of pictures and of videos' frames.</summary>
internal sealed class EmbedCommand
{
    private readonly Argument<string[]> _inputs =
        new("INPUT") { Description = "Pictures, videos, or folders of them.", Arity = ArgumentArity.OneOrMore };

    private readonly Option<string> _weights = new("--weights") { HelpName = "RUN|FILE", Description = $"The encoder: {EncoderOptions.Sources}.", Required = true };

    private readonly Option<string> _output = new("--output")
    {
        HelpName = "FILE", Description = "Where to write; its ending says how: .safetensors, .npy or .parquet.", Required = true,
    };

    private readonly Option<string> _tokens = new("--tokens")
    {
        HelpName = "cls|patches", Description = "The CLS token, or all patch tokens.", DefaultValueFactory = _ => "cls",
    };

    private readonly Option<double> _every = new("--every")
    {
        HelpName = "SECONDS", Description = "From one frame of a video to the next.", DefaultValueFactory = _ => 1,
    };

    private readonly Option<int> _size = new("--size")
    {
        HelpName = "N", Description = "Side of the middle square that is shown to the network; default what it was made for.",
    };

    private readonly EncoderOptions _encoder = new();
    private readonly DeviceOptions _device = new();
    private readonly Option<bool> _json = new("--json") { Description = "Results as JSON." };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Says more, and where an error came from." };

    public static Command Create(Terminal terminal)
    {
        EmbedCommand options = new();
        Command command = new(
            "embed", "Writes an encoder's tokens of pictures and videos.\nExample: dora embed walk.mp4 --weights runs/walk --every 2 --output walk.parquet")
        {
            options._inputs, options._weights, options._output, options._tokens, options._every, options._size,
        };
        options._encoder.AddTo(command);
        options._device.AddTo(command);
        foreach (Option option in (Option[])[options._json, options._verbose])
        {
            command.Add(option);
        }

        command.SetAction((parsed, interruption) => Task.FromResult(options.Run(parsed, terminal, interruption)));
        return command;
    }

    private int Run(ParseResult parsed, Terminal terminal, CancellationToken interruption)
    {
        string path = parsed.GetRequiredValue(_output);
        EmbeddingWriter.RequireFormat(path);
        OutputPath.RequireFree(path);
        EmbeddedTokens tokens = parsed.GetValue(_tokens) switch
        {
            "cls" => EmbeddedTokens.Cls,
            "patches" => EmbeddedTokens.Patches,
            var other => throw new UserException($"--tokens is {other}; give cls or patches."),
        };
        using Device device = Devices.Open(_device.Run(parsed), terminal.Say);
        using FrozenEncoder encoder = EncoderFile.Open(
            device, _encoder.Choice(parsed, parsed.GetRequiredValue(_weights)), out EncoderDescription description);
        int size = parsed.GetValue(_size) is > 0 and var wanted ? wanted : encoder.Configuration.ImageSize;
        EmbeddingLayout layout = new(tokens, encoder.Configuration, size);
        EmbedInputs inputs = new(parsed.GetRequiredValue(_inputs), parsed.GetValue(_every), terminal.Detail);
        int rows = new WorkProgress(terminal).Run("pictures", report => Embedding.Write(path, encoder, layout, inputs, report, interruption));
        int[] shape = [rows, .. layout.Shape];
        terminal.Say($"{rows} pictures of {inputs.Files.Count} files, shape [{string.Join(", ", shape)}].");
        terminal.Result(parsed.GetValue(_json)
            ? ResultJson.Of(new { file = path, shape, tokens = $"{tokens}".ToLowerInvariant(), size, encoder = description })
            : path);
        return ExitCode.Done;
    }
}
