using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Cli;

/// <summary>The options that every evaluation has.</summary>
internal sealed class EvaluateOptions
{
    private readonly Option<string> _weights = new("--weights")
    {
        HelpName = "RUN|FILE",
        Description = $"The encoder: {EncoderOptions.Sources}.",
        Required = true,
    };

    private readonly EncoderOptions _encoder = new();

    private readonly Option<bool> _untrained =
        new("--untrained") { Description = "The same architecture with its first weights, to compare with." };

    private readonly DeviceOptions _device = new();

    private readonly Option<string?> _output = new("--output")
    {
        HelpName = "FOLDER",
        Description = "Where the receipt and what is drawn go, which must not exist; default nowhere.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "The receipt as JSON instead of the table." };

    private readonly Option<bool> _verbose = new("--verbose") { Description = "Says where an error came from." };

    /// <summary>An option that is a whole number.</summary>
    /// <param name="what">A phrase without a full stop.</param>
    public static Option<int> Number(string name, string what, int usual) =>
        new(name) { HelpName = "N", Description = $"{what}.", DefaultValueFactory = _ => usual };

    public EvaluateOptions(Command command)
    {
        command.Add(_weights);
        _encoder.AddTo(command);
        _device.AddTo(command);
        foreach (Option option in (Option[])[_untrained, _output, _json, _verbose])
        {
            command.Add(option);
        }
    }

    public bool WantsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <exception cref="UserException">The network is neither teacher nor student.</exception>
    public EncoderChoice Encoder(ParseResult parsed) =>
        _encoder.Choice(parsed, parsed.GetRequiredValue(_weights)) with { IsUntrained = parsed.GetValue(_untrained) };

    /// <exception cref="UserException">A device or precision has no such name.</exception>
    public RunSettings Run(ParseResult parsed) => _device.Run(parsed);

    /// <summary>Makes the output folder, if one is asked for.</summary>
    /// <exception cref="UserException">It exists already.</exception>
    public string? CreateOutput(ParseResult parsed)
    {
        if (parsed.GetValue(_output) is not { } folder)
        {
            return null;
        }

        OutputPath.RequireFree(folder, "The output folder ");
        return Directory.CreateDirectory(folder).FullName;
    }
}
