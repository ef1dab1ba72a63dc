using DoRA.Pipeline.Cli;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Compare;

/// <summary><c>comparison.json</c>: what all variants came to.</summary>
internal sealed record ComparisonResults(IReadOnlyList<VariantResults> Variants)
{
    /// <summary>True when every variant has all its seeds.</summary>
    public bool IsWhole => Variants.All(variant => variant.Seeds == variant.Planned);

    /// <summary>True when some variant has a score to show.</summary>
    public bool HasScores => Variants.Any(variant => variant.Scores.Count > 0);

    public string ToJson() => ResultJson.Of(this);

    /// <summary>A row a variant, then what the untrained networks and raw pixels score.</summary>
    public string ToText()
    {
        VariantResults[] scored = [.. Variants.Where(variant => variant.Scores.Count > 0)];
        if (scored.Length == 0)
        {
            return "No run is done.";
        }

        string[] header = ["held-out score, in %", .. scored[0].Scores.Select(score => score.Score), "tokens/frame", "frames seen", "seeds"];
        IEnumerable<string[]> rows = Variants.Select(variant => Row(variant.Name, variant, score => $"{score.Mean:f1} ± {score.Deviation:f1}"))
            .Concat(Once(scored, "untrained", score => score.Untrained))
            .Concat(Once(scored, "raw pixels", score => score.RawPixels));
        return $"{TextTable.Of(header, rows)}\n\n± is the standard deviation over the seeds{Caution(scored)}";

        string[] Row(string name, VariantResults variant, Func<ScoreStatistics, string> text) =>
        [
            name, .. variant.Scores.Count > 0 ? variant.Scores.Select(text) : scored[0].Scores.Select(_ => "–"),
            $"{variant.StudentTokens}", $"{variant.FramesSeen}", $"{variant.Seeds} of {variant.Planned}",
        ];
    }

    /// <summary>The rows of the variants that differ: mostly all networks are of one size, and start alike.</summary>
    private static IEnumerable<string[]> Once(VariantResults[] variants, string name, Func<ScoreStatistics, double> value)
    {
        var rows = variants.Select(variant => (variant.Name, Cells: variant.Scores.Select(score => $"{value(score):f1}").ToArray()))
            .DistinctBy(row => string.Join(' ', row.Cells)).ToArray();
        return rows.Select(row => (string[])[rows.Length > 1 ? $"{name} ({row.Name})" : name, .. row.Cells, "", "", ""]);
    }

    private static string Caution(VariantResults[] variants) => variants.Min(variant => variant.Seeds) switch
    {
        1 => "; with one seed there is none, and no difference can be told from chance.",
        _ => "; a difference that is not well above both is not one.",
    };
}
