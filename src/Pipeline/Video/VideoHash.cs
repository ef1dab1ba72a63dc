using System.Collections.Concurrent;
using System.Security.Cryptography;
using DoRA.Kernels;

namespace DoRA.Pipeline.Video;

/// <summary>Fingerprints of files for receipts, computed once per process as long as length and date stay.</summary>
public static class VideoHash
{
    private static readonly ConcurrentDictionary<(string Path, long Length, DateTime Written), string> Known = new();

    /// <summary>SHA-256 of a file's bytes, 64 lower-case hexadecimal digits.</summary>
    /// <exception cref="UserException">The file is missing.</exception>
    public static string Sha256(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists)
            throw VideoErrors.Missing(path);
        return Known.GetOrAdd((file.FullName, file.Length, file.LastWriteTimeUtc), key =>
        {
            using FileStream stream = File.OpenRead(key.Path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        });
    }
}
