using System.Globalization;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Remembers the hashes of large files between processes, by path, length and date of change, so that hours of video are not read whole at every
/// start. A text file of lines; processes append to it, and of equal keys the last line counts. It may be deleted at any time.
/// </summary>
/// <param name="path">The memo.</param>
internal sealed class HashMemo(string path)
{
    /// <summary>Smaller files are hashed faster than it matters.</summary>
    public const long SmallestFile = 16 << 20;

    private const int HashLength = 64;

    // A file that was changed just now may be changed again within the clock's resolution, and look the same.
    private static readonly TimeSpan Unsettled = TimeSpan.FromSeconds(2);

    /// <summary>The hash of a file as it is now, or null.</summary>
    public string? Find(FileInfo file)
    {
        try
        {
            string key = Key(file);
            return File.Exists(path)
                ? File.ReadLines(path).LastOrDefault(line => line.Length == HashLength + 1 + key.Length && line.EndsWith(key, StringComparison.Ordinal))?[..HashLength]
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Remembers the hash of a file. A memo that cannot be written is done without.</summary>
    /// <param name="file">As it was before it was hashed.</param>
    public void Add(FileInfo file, string sha256)
    {
        try
        {
            FileInfo now = new(file.FullName);
            if (Key(now) != Key(file) || DateTime.UtcNow - now.LastWriteTimeUtc < Unsettled)
                return;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using FileStream stream = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            stream.Write(System.Text.Encoding.UTF8.GetBytes($"{sha256} {Key(file)}\n"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next start hashes again.
        }
    }

    private static string Key(FileInfo file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks} {file.FullName.Replace('\n', ' ')}");
}
