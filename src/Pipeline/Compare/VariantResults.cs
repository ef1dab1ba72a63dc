using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using MathNet.Numerics.Statistics;

namespace DoRA.Pipeline.Compare;

/// <summary>A member's receipt and the file it lies in.</summary>
internal sealed record MemberReceipt(string File, Receipt Receipt);

/// <summary>Mean and standard deviation over the seeds, in percent.</summary>
/// <param name="Deviation">Of the sample (n − 1); 0 for a single seed, which has none.</param>
internal sealed record ScoreStatistics(string Score, double Mean, double Deviation, double Untrained, double RawPixels);

/// <summary>What one variant came to.</summary>
/// <param name="StudentTokens">Tokens that the student sees of each frame.</param>
/// <param name="FramesSeen">Frames over the whole training, counted as often as they come.</param>
/// <param name="Seeds">Runs that are done.</param>
/// <param name="Planned">Runs that there are to be.</param>
/// <param name="Failures">Why runs failed, by their name.</param>
/// <param name="Receipts">Files that <c>reproduce</c> takes.</param>
internal sealed record VariantResults(
    string Name,
    int StudentTokens,
    long FramesSeen,
    int Seeds,
    int Planned,
    double? MeanLoss,
    double? MeanSeconds,
    IReadOnlyList<ScoreStatistics> Scores,
    IReadOnlyDictionary<string, string> Failures,
    IReadOnlyList<string> Receipts)
{
    public static VariantResults Of(Variant variant, IReadOnlyList<MemberReceipt> done, IReadOnlyDictionary<string, string> failures, int planned)
    {
        Settings settings = variant.Resolve(seed: 0).Settings;
        RunResults[] results = [.. done.Select(member => member.Receipt.Results)];
        return new(
            variant.Name,
            Compare.StudentTokens.OfFrame(settings),
            settings.Run.Length(clips: 1, settings.Data.Batch).Steps * settings.Data.Batch * settings.Data.Frames,
            results.Length,
            planned,
            results.Length == 0 ? null : results.Average(result => result.Loss),
            results.Length == 0 ? null : results.Average(result => result.Seconds),
            results.Length == 0 ? [] : [.. results[0].Scores.Select((score, i) => Statistics(score.Score, [.. results.Select(result => result.Scores[i])]))],
            failures,
            [.. done.Select(member => member.File)]);
    }

    private static ScoreStatistics Statistics(string name, ScoreRow[] rows)
    {
        double[] trained = [.. rows.Select(row => row.Trained)];
        return new(
            name, trained.Average(), trained.Length > 1 ? trained.StandardDeviation() : 0,
            rows.Average(row => row.Untrained), rows.Average(row => row.RawPixels));
    }
}
