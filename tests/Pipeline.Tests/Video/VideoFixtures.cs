namespace DoRA.Pipeline.Tests.Video;

/// <summary>Where the test videos lie.</summary>
internal static class VideoFixtures
{
    public static string Folder { get; } = Find();

    public static string File(string name) => Path.Combine(Folder, name);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "tests", "fixtures", "videos");
            if (Directory.Exists(candidate))
                return candidate;
        }
        throw new DirectoryNotFoundException("tests/fixtures/videos was not found above " + AppContext.BaseDirectory);
    }
}
