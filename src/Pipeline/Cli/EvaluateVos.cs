using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.VideoObjects;

namespace DoRA.Pipeline.Cli;

/// <summary><c>evaluate vos FOLDER</c>.</summary>
internal static class EvaluateVos
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> folder = new("FOLDER") { Description = "DAVIS 2016 or 2017: JPEGImages/480p and Annotations/480p." };
        Option<bool> overlay = new("--overlay") { Description = "Into the --output folder also a film of each sequence, its masks over its frames." };
        PropagationOptions propagation = new();
        Command command = new(
            "vos", "Segments objects of videos, given in the first frame.\n"
                + "Example: dora evaluate vos DAVIS --weights runs/walk --output vos --overlay")
        {
            folder, overlay,
        };
        propagation.AddTo(command);
        EvaluateOptions options = new(command);
        command.SetAction((parsed, interruption) =>
        {
            DavisFolder data = DavisFolder.Open(parsed.GetRequiredValue(folder), propagation.SequencesOf(parsed));
            PropagationSettings settings = propagation.Read(parsed);
            EvaluateRun run = new(terminal, options, parsed);
            bool films = parsed.GetValue(overlay);
            if (films && run.Output is null)
            {
                throw new UserException("--overlay writes films; say with --output FOLDER where they go.");
            }

            return Task.FromResult(run.Run(encoder =>
            {
                VosResults results = run.Progress.Run(
                    "frames", report => new VosEvaluation(encoder, settings, run.Output, films).Run(data, report, interruption));
                return new EvaluationOutcome<VosResults>(
                    "Video object segmentation by label propagation (DAVIS)",
                    $"{data.Folder}: {data.Sequences.Count} sequences, {data.Sequences.Sum(sequence => sequence.Frames.Count)} frames",
                    PropagationOptions.Describe(settings), results, Table(results));
            }));
        });
        return command;
    }

    private static string Table(VosResults results) => TextTable.Of(
        ["sequence", "object", "J %", "F %", "J&F %"],
        results.Objects.Select(
            score => new[] { score.Sequence, $"{score.Object}", Percent(score.J), Percent(score.F), Percent(score.JAndF) })
            .Append(["mean", "", Percent(results.J), Percent(results.F), Percent(results.JAndF)]));

    private static string Percent(double share) => $"{100 * share:f1}";
}
