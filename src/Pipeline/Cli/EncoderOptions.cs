using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;

namespace DoRA.Pipeline.Cli;

/// <summary>Which network of a file of weights, for commands that use an encoder.</summary>
internal sealed class EncoderOptions
{
    /// <summary>What such a command is told to take its encoder from.</summary>
    public const string Sources = "a run's folder, a checkpoint, or weights as safetensors or of PyTorch";

    private readonly Option<string?> _network =
        new("--network") { HelpName = "teacher|student", Description = "Which network of a run; default teacher." };

    private readonly Option<int> _heads = new("--heads")
    {
        HelpName = "N",
        Description = "Attention heads of weights that do not say; default one for every 64 of the width.",
    };

    public void AddTo(Command command)
    {
        command.Add(_network);
        command.Add(_heads);
    }

    /// <exception cref="UserException">The network is neither teacher nor student.</exception>
    public EncoderChoice Choice(ParseResult parsed, string weights) => new(
        weights,
        parsed.GetValue(_network) switch
        {
            null or "teacher" => EncoderNetwork.Teacher,
            "student" => EncoderNetwork.Student,
            { } other => throw new UserException($"--network is {other}; give teacher or student."),
        },
        Heads: parsed.GetValue(_heads));
}
