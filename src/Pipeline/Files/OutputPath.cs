using DoRA.Kernels;

namespace DoRA.Pipeline.Files;

/// <summary>Where a command writes: never over what is there.</summary>
internal static class OutputPath
{
    /// <param name="kind">What begins the sentence, before the path.</param>
    /// <exception cref="UserException">The path is taken by a file or a folder.</exception>
    public static void RequireFree(string path, string kind = "")
    {
        if (Path.Exists(path))
        {
            throw new UserException($"{kind}{path} exists already; give another name with --output.");
        }
    }
}
