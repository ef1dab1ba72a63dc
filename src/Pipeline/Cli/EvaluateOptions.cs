using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Evaluation;

namespace DoRA.Pipeline.Cli;

/// <summary>The options that every evaluation has.</summary>
internal sealed class EvaluateOptions
{
    private readonly Option<string> _weights = new("--weights")
    {
        HelpName = "RUN|FILE",
        Description = "The encoder: a run's folder, a checkpoint, or weights as safetensors or of PyTorch.",
        Required = true,
    };

    private readonly Option<string?> _network =
        new("--network") { HelpName = "teacher|student", Description = "Which network of a run; default teacher." };

    private readonly Option<bool> _untrained =
        new("--untrained") { Description = "The same architecture with its first weights, to compare with." };

    private readonly Option<int> _heads = new("--heads")
    {
        HelpName = "N",
        Description = "Attention heads of weights that do not say; default one for every 64 of the width.",
    };

    private readonly Option<string?> _device =
        new("--device") { HelpName = "auto|cpu|cuda[:N]", Description = "Where to compute; default auto." };

    private readonly Option<int> _threads =
        new("--threads") { HelpName = "N", Description = "Threads of the CPU engine; default one per processor." };

    private readonly Option<string?> _output = new("--output")
    {
        HelpName = "FOLDER",
        Description = "Where the receipt and what is drawn go, which must not exist; default nowhere.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "The receipt as JSON instead of the table." };

    private readonly Option<bool> _verbose = new("--verbose") { Description = "Says where an error came from." };

    public EvaluateOptions(Command command)
    {
        foreach (Option option in (Option[])[_weights, _network, _untrained, _heads, _device, _threads, _output, _json, _verbose])
        {
            command.Add(option);
        }
    }

    public bool WantsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <exception cref="UserException">The network is neither teacher nor student.</exception>
    public EncoderChoice Encoder(ParseResult parsed) => new(
        parsed.GetRequiredValue(_weights),
        parsed.GetValue(_network) switch
        {
            null or "teacher" => EncoderNetwork.Teacher,
            "student" => EncoderNetwork.Student,
            { } other => throw new UserException($"--network is {other}; give teacher or student."),
        },
        parsed.GetValue(_untrained),
        parsed.GetValue(_heads));

    public RunSettings Run(ParseResult parsed) =>
        new() { Device = parsed.GetValue(_device) ?? "auto", Threads = parsed.GetValue(_threads) };

    /// <summary>Makes the output folder, if one is asked for.</summary>
    /// <exception cref="UserException">It exists already.</exception>
    public string? CreateOutput(ParseResult parsed)
    {
        if (parsed.GetValue(_output) is not { } folder)
        {
            return null;
        }

        if (Directory.Exists(folder) || File.Exists(folder))
        {
            throw new UserException($"The output folder {folder} exists already; give another name with --output.");
        }

        return Directory.CreateDirectory(folder).FullName;
    }
}
