using System.CommandLine;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.VideoObjects;

namespace DoRA.Pipeline.Cli;

/// <summary><c>evaluate track FOLDER</c>.</summary>
internal static class EvaluateTrack
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> folder = new("FOLDER") { Description = "GOT-10k: a folder a sequence with its frames and groundtruth.txt." };
        PropagationOptions propagation = new();
        Command command = new(
            "track", "Follows a box through videos, training nothing.\n"
                + "Example: dora evaluate track GOT-10k/val --weights runs/walk --output track")
        {
            folder,
        };
        propagation.AddTo(command);
        EvaluateOptions options = new(command);
        command.SetAction((parsed, interruption) =>
        {
            TrackingFolder data = TrackingFolder.Open(parsed.GetRequiredValue(folder), propagation.SequencesOf(parsed));
            PropagationSettings settings = propagation.Read(parsed);
            EvaluateRun run = new(terminal, options, parsed);
            return Task.FromResult(run.Run(encoder =>
            {
                TrackResults results = run.Progress.Run(
                    "frames", report => new TrackEvaluation(encoder, settings, run.Output).Run(data, report, interruption));
                return new EvaluationOutcome<TrackResults>(
                    "Object tracking by label propagation, training-free (GOT-10k's measures; the paper's tracker is not published)",
                    $"{data.Folder}: {data.Sequences.Count} sequences, {data.Sequences.Sum(sequence => sequence.Frames.Count)} frames",
                    PropagationOptions.Describe(settings), results, Table(results));
            }));
        });
        return command;
    }

    private static string Table(TrackResults results) => TextTable.Of(
        ["sequence", "frames", "AO %", "SR 0.5 %", "SR 0.75 %"],
        results.Sequences.Append(results.All).Select(score => new[]
        {
            score.Sequence, $"{score.Frames}", $"{100 * score.AverageOverlap:f1}", $"{100 * score.SuccessRate50:f1}",
                $"{100 * score.SuccessRate75:f1}",
        }));
}
