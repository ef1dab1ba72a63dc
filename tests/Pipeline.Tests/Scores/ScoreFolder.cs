using DoRA.Pipeline.Scores;
using DoRA.Pipeline.Tests.Cli;

namespace DoRA.Pipeline.Tests.Scores;

/// <summary>The repository's pictures to score by.</summary>
internal static class ScoreFolder
{
    private static readonly Lazy<ScoreData> Loaded = new(() => ScoreData.Load(Find()));

    public static ScoreData Data => Loaded.Value;

    public static string Find() => Path.Combine(Repository.Root, "samples", "scores");
}
