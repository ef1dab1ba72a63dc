using System.Text;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Cli;

/// <summary>What a run came to, for a person to read.</summary>
internal static class RunSummary
{
    public static string Text(Receipt receipt, RunFolder folder)
    {
        StringBuilder text = new();
        text.AppendLine($"{receipt.Results.Steps} steps, loss {receipt.Results.Loss:f3}, {TrainingProgress.Duration(TimeSpan.FromSeconds(receipt.Results.Seconds))}.");
        if (receipt.Results.DataWait is { } wait)
        {
            text.AppendLine($"{wait:p0} of the time went by waiting for data.");
        }

        foreach (VideoDamage damage in receipt.Results.Damage)
        {
            text.AppendLine($"{damage.Video} is damaged for {damage.Seconds:0.##} s in {damage.Spans.Count} {(damage.Spans.Count == 1 ? "span" : "spans")}, which were left out.");
        }

        if (receipt.Results.DamagedClips > 0)
        {
            text.AppendLine($"{receipt.Results.DamagedClips} clips fell on damaged pictures and were drawn again.");
        }

        if (receipt.Results.Scores.Count > 0)
        {
            text.AppendLine().AppendLine($"{"held-out score, in %",-40}{"untrained",12}{"trained",12}{"raw pixels",12}");
            foreach (ScoreRow row in receipt.Results.Scores)
            {
                text.AppendLine($"{row.Score,-40}{row.Untrained,12:f1}{row.Trained,12:f1}{row.RawPixels,12:f1}");
            }

            text.AppendLine();
        }

        return text.Append($"The run: {folder.FullPath}\nIts report, to open in a browser: {folder.Report}").ToString();
    }
}
