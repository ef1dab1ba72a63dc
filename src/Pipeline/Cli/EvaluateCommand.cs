using System.CommandLine;

namespace DoRA.Pipeline.Cli;

/// <summary><c>evaluate knn|…</c>: what a frozen encoder's features are worth.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Terminal terminal) =>
        new("evaluate", "Measures what a frozen encoder's features are worth, by the field's protocols.")
    {
        EvaluateKnn.Create(terminal),
        EvaluateLinear.Create(terminal),
        EvaluateVos.Create(terminal),
        EvaluateTrack.Create(terminal),
        EvaluateSegment.Create(terminal),
        EvaluateDiscover.Create(terminal),
    };
}
