using DoRA.Pipeline.Scores;

namespace DoRA.Pipeline.Tests.Scores;

/// <summary>The repository's pictures to score by.</summary>
internal static class ScoreFolder
{
    private static readonly Lazy<ScoreData> Loaded = new(() => ScoreData.Load(Find()));

    public static ScoreData Data => Loaded.Value;

    public static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DoRA.sln")))
            {
                return Path.Combine(folder.FullName, "samples", "scores");
            }
        }

        throw new DirectoryNotFoundException($"No DoRA.sln above {AppContext.BaseDirectory}.");
    }
}
