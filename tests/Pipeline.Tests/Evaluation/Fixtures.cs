namespace DoRA.Pipeline.Tests.Evaluation;

/// <summary>Files of <c>tests/fixtures/evaluation</c>.</summary>
internal static class Fixtures
{
    private static readonly string Folder = Find();

    public static string PathOf(string name) => Path.Combine(Folder, name);

    private static string Find()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "DoRA.sln")))
        {
            folder = folder.Parent!;
        }

        return Path.Combine(folder.FullName, "tests", "fixtures", "evaluation");
    }
}
