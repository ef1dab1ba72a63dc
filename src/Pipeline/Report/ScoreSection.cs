using System.Text;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Report;

/// <summary>Held-out scores, and those taken during the training.</summary>
internal static class ScoreSection
{
    public static string ToHtml(IReadOnlyList<ScoreRow> heldOut, StepRecord[] log)
    {
        StepRecord[] scored = [.. log.Where(record => record.Scores is { Count: > 0 })];
        if (heldOut.Count == 0 && scored.Length == 0)
        {
            return "";
        }

        StringBuilder content = new();
        if (heldOut.Count > 0)
        {
            content.Append("<table><thead><tr><th>on pictures never trained on, in %</th><th>untrained</th><th>trained</th><th>raw pixels</th></tr></thead><tbody>");
            foreach (ScoreRow row in heldOut)
            {
                content.Append($"<tr><td>{Html.Text(row.Score)}</td><td>{row.Untrained:f1}</td><td><b>{row.Trained:f1}</b></td><td>{row.RawPixels:f1}</td></tr>");
            }

            content.Append("</tbody></table>\n");
        }

        if (scored.Length > 0)
        {
            content.Append("<div class=\"charts\">");
            foreach (string name in scored.SelectMany(record => record.Scores!).Select(score => score.Score).Distinct())
            {
                content.Append(Chart(name, scored));
            }

            content.Append("</div>\n");
        }

        return Html.Section(
            "Scores", "A falling loss alone proves nothing: what counts is whether the network beats the one it started as.", content.ToString());
    }

    private static string Chart(string name, StepRecord[] scored)
    {
        (int Step, MonitorScore Score)[] points =
            [.. scored.SelectMany(record => record.Scores!.Where(score => score.Score == name).Select(score => (record.Step, score)))];
        double untrained = points[0].Score.Untrained;
        double[] steps = [0, .. points.Select(point => (double)point.Step)], values = [untrained, .. points.Select(point => point.Score.Trained)];
        return new Chart($"{name}, in %", new Series("trained", steps, values, 1))
        {
            Reference = (untrained, "untrained"),
            Caption = name switch
            {
                "cycle consistency" => "Patches that find back from a frame over a later one to the first one's mirror image.",
                "k-NN" => "Pictures of the labelled folder that their nearest neighbours classify rightly.",
                _ => "How often a crop of a frame finds the other crop of the same frame first, among many frames of the videos.",
            },
        }.ToHtml();
    }
}
