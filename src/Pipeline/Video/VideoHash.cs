using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using DoRA.Kernels;

namespace DoRA.Pipeline.Video;

/// <summary>Fingerprints of files for receipts and proxies, computed once as long as path, length and date stay (<see cref="HashMemo"/>).</summary>
public static class VideoHash
{
    private static readonly ConcurrentDictionary<(string Path, long Length, DateTime Written), string> Known = new();

    /// <summary>
    /// SHA-256 of a file's bytes, 64 lower-case hexadecimal digits; of a folder of pictures, of their names and hashes in order.
    /// </summary>
    /// <exception cref="UserException">The file is missing.</exception>
    public static string Sha256(string path)
    {
        if (Directory.Exists(path))
            return OfPictures(path);
        FileInfo file = new(path);
        if (!file.Exists)
            throw VideoErrors.Missing(path);
        return Known.GetOrAdd((file.FullName, file.Length, file.LastWriteTimeUtc), key =>
        {
            HashMemo? memo = key.Length >= HashMemo.SmallestFile ? new(Path.Combine(CacheFolder.Path, "hashes.txt")) : null;
            if (memo?.Find(file) is { } known)
                return known;
            using FileStream stream = File.OpenRead(key.Path);
            string hash = Convert.ToHexStringLower(SHA256.HashData(stream));
            memo?.Add(file, hash);
            return hash;
        });
    }

    private static string OfPictures(string folder)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in PictureFolderReader.Files(folder))
            hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetFileName(file)} {Sha256(file)}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
