using System.Text;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Report;

/// <summary>What the teacher sees in one clip, untrained and trained.</summary>
internal sealed class SnapshotSections(Settings settings, Snapshot start, Snapshot end)
{
    public string ToHtml() => Objects() + Discovery() + Tokens() + Heads();

    private string Objects()
    {
        string films = $"<div class=\"pair\">{Film(start, "start", "Untrained")}{Film(end, "end", $"After {end.Step} steps")}</div>\n";
        string strip = Html.Figure(
            $"<div class=\"wide\">{Html.Picture(SnapshotPictures.Comparison(start, end), "The clip, its tracks at the start, its tracks at the end")}</div>",
            "The same clip from left to right. Above the frames, below them the tracks of the untrained network, at the bottom those of the trained one.");
        return Html.Section(
            "Objects followed without a label",
            $"In the first frame the teacher finds {end.Clip.Objects} objects, one for an attention head, and follows each through the clip: "
            + "a colour is an object. The student learned from frames in which only such patches were left. "
            + "An object that keeps to one thing as it moves is followed; colours that stay in one place of the picture are not yet.",
            films + strip);
    }

    private static string Film(Snapshot snapshot, string name, string caption)
    {
        int frames = snapshot.Frames.Count;
        string style = $"background-image:url({Html.Data(SnapshotPictures.Film(snapshot))});background-size:{frames}00% 100%;"
            + $"animation-timing-function:steps({frames},jump-none)";
        return Html.Figure($"<div class=\"film\" id=\"film-{name}\" role=\"img\" aria-label=\"{caption}: the tracks as a film\" style=\"{style}\"></div>", caption);
    }

    private string Discovery()
    {
        if (end.Clip.Assignment.Length == 0)
        {
            return "";
        }

        StringBuilder grid = new("<div class=\"grid three\">");
        float[] before = Softmax(end.Clip.Similarity, end.Clip.Objects, settings.Tracker.Epsilon);
        for (int item = 0; item < end.Clip.Objects; item++)
        {
            string name = $"Object {item + 1}";
            grid.Append(Html.Figure(
                Html.Picture(SnapshotPictures.Attention(end, item), $"{name}: attention of head {item + 1}"), $"{name}: attention of head {item + 1}"));
            grid.Append(Html.Figure(
                Html.Picture(SnapshotPictures.Shares(end, before, item), $"{name} before Sinkhorn"),
                $"Likeness to its prototype: {Share(before, item):p0} of the picture"));
            grid.Append(Html.Figure(
                Html.Picture(SnapshotPictures.Shares(end, end.Clip.Assignment, item), $"{name} after Sinkhorn"),
                $"After Sinkhorn-Knopp: {Share(end.Clip.Assignment, item):p0}"));
        }

        return Html.Section(
            "How the objects are found",
            "A head's attention picks the patches that make an object's prototype (left). Each patch is then shared out by its likeness to the prototypes "
            + "(middle); Sinkhorn-Knopp evens the shares out (right), so that no object takes the whole picture. Bright is much.",
            grid.Append("</div>\n").ToString());
    }

    private string Tokens() => Html.Section(
        "Patch tokens as colours",
        "Each patch's token, brought down to three numbers (principal components) and shown as a colour. Patches that the network takes for alike have like "
        + "colours, over all frames of a row. Colours do not compare from row to row.",
        Html.Figure(
            $"<div class=\"wide\">{Html.Picture(SnapshotPictures.Tokens(start, end), "Patch tokens as colours at the start and at the end")}</div>",
            "Above the frames, below them the untrained network, at the bottom the trained one."));

    private string Heads()
    {
        StringBuilder grid = new("<div class=\"grid heads\">");
        for (int head = 0; head < end.Heads; head++)
        {
            grid.Append(Html.Figure(Html.Picture(SnapshotPictures.Attention(start, head), $"Head {head + 1}, untrained"), $"Head {head + 1}, untrained"));
            grid.Append(Html.Figure(Html.Picture(SnapshotPictures.Attention(end, head), $"Head {head + 1}, trained"), $"Head {head + 1}, trained"));
        }

        return Html.Section(
            "Attention heads",
            "What the CLS token attends to in the first frame, head by head, in the last block. Heads that look at different things give the objects.",
            grid.Append("</div>\n").ToString());
    }

    private static float[] Softmax(float[] similarity, int objects, double epsilon)
    {
        float[] shares = new float[similarity.Length];
        for (int start = 0; start < shares.Length; start += objects)
        {
            double[] values = [.. similarity.AsSpan(start, objects).ToArray().Select(value => value / epsilon)];
            double largest = values.Max(), sum = values.Sum(value => Math.Exp(value - largest));
            for (int item = 0; item < objects; item++)
            {
                shares[start + item] = (float)(Math.Exp(values[item] - largest) / sum);
            }
        }

        return shares;
    }

    private double Share(float[] shares, int item) =>
        Enumerable.Range(0, end.Clip.Patches).Average(patch => shares[(patch * end.Clip.Objects) + item]);
}
