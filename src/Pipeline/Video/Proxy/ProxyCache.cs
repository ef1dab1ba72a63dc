using DoRA.Kernels;

namespace DoRA.Pipeline.Video;

/// <summary>
/// The folder where proxies are kept and found again, by the hash of their source and how they were made. Processes share it: of several that
/// want the same proxy one makes it and the others wait.
/// </summary>
public sealed class ProxyCache
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(300);

    /// <param name="folder">Its place; made when missing.</param>
    public ProxyCache(string folder) => Folder = Path.GetFullPath(folder);

    /// <summary><c>proxies</c> in the <see cref="CacheFolder"/>.</summary>
    public static ProxyCache Default => new(Path.Combine(CacheFolder.Path, "proxies"));

    public string Folder { get; }

    /// <summary>The complete proxy of a video, or null.</summary>
    /// <exception cref="UserException">The video is missing.</exception>
    public VideoProxy? Find(string source, ProxyRecipe recipe, VideoReaderOptions? options = null) =>
        VideoProxy.TryOpen(FolderOf(source, recipe, options, out _), source);

    /// <summary>The proxy of a video, made or completed if need be.</summary>
    /// <param name="options">Of the source's readers; the default when null.</param>
    /// <param name="workers">Segments made at a time; 0 takes as many as there are cores.</param>
    /// <param name="verify">Whether every frame of what is there is read and checked first.</param>
    /// <param name="progress">Told the seconds of video done, and all; from any thread, one at a time.</param>
    /// <param name="waiting">Told once when another process is at it.</param>
    /// <exception cref="UserException">The source cannot be read, or the cache cannot be written to.</exception>
    /// <exception cref="OperationCanceledException">What was finished stays for the next time.</exception>
    public VideoProxy Make(
        string source, ProxyRecipe recipe, VideoReaderOptions? options = null, int workers = 0, bool verify = false,
        Action<double, double>? progress = null, Action? waiting = null, CancellationToken cancellation = default)
    {
        string folder = FolderOf(source, recipe, options, out string sha256);
        if (!verify && VideoProxy.TryOpen(folder, source) is { } found)
            return found;
        try
        {
            Directory.CreateDirectory(folder);
            using FileStream alone = Lock(folder, waiting, cancellation);
            if (verify)
                RemoveDamaged(folder);
            if (VideoProxy.TryOpen(folder, source) is { } complete)
                return complete;
            new ProxyMaker(source, folder, recipe, options ?? new()).Make(
                sha256, workers > 0 ? workers : Environment.ProcessorCount, progress, cancellation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException(
                $"The proxy of '{source}' cannot be written to {folder} ({exception.Message}); set DORA_CACHE to a folder with room.", exception);
        }
        return VideoProxy.TryOpen(folder, source) ?? throw new UserException($"The proxy in {folder} was changed while it was made; start again.");
    }

    private string FolderOf(string source, ProxyRecipe recipe, VideoReaderOptions? options, out string sha256)
    {
        sha256 = VideoHash.Sha256(source);
        double? rate = Directory.Exists(source) ? (options ?? new()).PicturesPerSecond : null;
        return Path.Combine(Folder, recipe.Key(sha256, rate));
    }

    /// <summary>Waits until nobody else makes the proxy. The lock goes with its process, however that ends.</summary>
    private static FileStream Lock(string folder, Action? waiting, CancellationToken cancellation)
    {
        bool told = false;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException) && IsHeld(exception))
            {
                if (!told)
                    waiting?.Invoke();
                told = true;
                cancellation.WaitHandle.WaitOne(LookAgain);
            }
        }
        // EWOULDBLOCK of Linux and macOS, and Windows' sharing violation.
        static bool IsHeld(IOException exception) => (exception.HResult & 0xFFFF) is 11 or 35 or 32;
    }

    private static void RemoveDamaged(string folder)
    {
        foreach (string index in Directory.EnumerateFiles(folder, "*.index"))
        {
            int number = int.Parse(Path.GetFileNameWithoutExtension(index), System.Globalization.CultureInfo.InvariantCulture);
            if (ProxySegment.TryRead(folder, number)?.Verify(folder, number) != true)
                File.Delete(index);
        }
    }
}
