using DoRA.Kernels;

namespace DoRA.Pipeline.Training;

/// <summary>What ships with the program: videos for a first run, and pictures for its scores.</summary>
public static class Samples
{
    /// <summary>The folder <c>samples/</c> of the clone that the program was built in.</summary>
    /// <exception cref="UserException">There is none.</exception>
    public static string Folder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string samples = Path.Combine(folder.FullName, "samples");
            if (Directory.Exists(samples))
            {
                return samples;
            }
        }

        throw new UserException($"There is no folder samples/ above {AppContext.BaseDirectory}; name a video to train on.");
    }

    /// <summary>The videos of a first run, the walk before the drone.</summary>
    public static IReadOnlyList<string> Videos() => [.. Directory.EnumerateFiles(Folder(), "*.mp4").OrderDescending(StringComparer.Ordinal)];
}
