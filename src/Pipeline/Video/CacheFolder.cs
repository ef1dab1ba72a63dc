namespace DoRA.Pipeline.Video;

/// <summary>Where things are kept that can be made again: <c>$DORA_CACHE</c>, else <c>dora</c> in the user's folder for caches.</summary>
internal static class CacheFolder
{
    public static string Path
    {
        get
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return Variable("DORA_CACHE") ?? System.IO.Path.Combine(Variable("XDG_CACHE_HOME") ?? System.IO.Path.Combine(home, ".cache"), "dora");
            static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
        }
    }
}
