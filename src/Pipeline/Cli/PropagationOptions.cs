using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.VideoObjects;

namespace DoRA.Pipeline.Cli;

/// <summary>The options of evaluations that carry labels through videos.</summary>
internal sealed class PropagationOptions
{
    private static readonly PropagationSettings Usual = new();

    private readonly Option<string[]> _sequences = new("--sequences")
    {
        HelpName = "NAME", Description = "Which sequences; default all.", AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> _shortSide = EvaluateOptions.Number("--short-side", "Pixels of a frame's short side", Usual.ShortSide);

    private readonly Option<int> _lastFrames = EvaluateOptions.Number("--last-frames", "Frames remembered beside the first", Usual.LastFrames);

    private readonly Option<int> _radius = EvaluateOptions.Number("--radius", "Patches that the window reaches to each side", Usual.Radius);

    private readonly Option<int> _neighbours = EvaluateOptions.Number("--neighbours", "Patches that a patch takes its labels from", Usual.Neighbours);

    public void AddTo(Command command)
    {
        command.Add(_sequences);
        command.Add(_shortSide);
        command.Add(_lastFrames);
        command.Add(_radius);
        command.Add(_neighbours);
    }

    /// <summary>The sequences asked for; empty for all.</summary>
    public string[] SequencesOf(ParseResult parsed) => parsed.GetValue(_sequences) ?? [];

    /// <exception cref="UserException">A number is too small.</exception>
    public PropagationSettings Read(ParseResult parsed) =>
        new(AtLeast(parsed, _lastFrames, 0), AtLeast(parsed, _radius, 0), AtLeast(parsed, _neighbours, 1), Usual.Temperature,
            AtLeast(parsed, _shortSide, 1));

    public static Dictionary<string, object> Describe(PropagationSettings settings) => new()
    {
        ["shortSide"] = settings.ShortSide,
        ["lastFrames"] = settings.LastFrames,
        ["radius"] = settings.Radius,
        ["neighbours"] = settings.Neighbours,
        ["temperature"] = settings.Temperature,
    };

    private static int AtLeast(ParseResult parsed, Option<int> option, int least) =>
        parsed.GetValue(option) is var value && value >= least ? value
            : throw new UserException($"{option.Name} is {value}; give at least {least}.");
}
