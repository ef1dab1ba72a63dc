namespace DoRA.Pipeline.Tests.Cli;

/// <summary>The folder that everything lies in, documents too.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "DoRA.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
