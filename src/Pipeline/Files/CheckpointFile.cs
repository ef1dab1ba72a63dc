using System.Security.Cryptography;
using System.Text;
using DoRA.Kernels;
using DoRA.Model.Files;

namespace DoRA.Pipeline.Files;

/// <summary>
/// A checkpoint: safetensors with a checksum in its metadata. The checksum is the SHA-256 of the whole file with the checksum's own 64 digits
/// as zeros, so that names, shapes, metadata and numbers are all covered. The same state gives the same bytes.
/// </summary>
public static class CheckpointFile
{
    private const string ChecksumKey = "sha256";
    private const int ChecksumDigits = 64;
    private const int PieceBytes = 1 << 20;

    private static readonly string NoChecksum = new('0', ChecksumDigits);

    /// <summary>Writes a checkpoint in one pass over the tensors; a file that was there stays whole until the new one is on the disk.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="tensors">The state by name.</param>
    /// <param name="metadata">What else it holds, as text: step, seed, configuration.</param>
    /// <param name="create">Opens the temporary file; null opens a plain file.</param>
    /// <exception cref="CheckpointWriteException">The disk is full or the file cannot be written.</exception>
    public static void Write(
        string path, IReadOnlyDictionary<string, TensorContent> tensors, IReadOnlyDictionary<string, string> metadata,
        Func<string, Stream>? create = null)
    {
        try
        {
            AtomicFile.Write(path, stream => WriteChecked(stream, tensors, metadata), create);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointWriteException(
                $"The checkpoint {path} could not be written ({error.Message.TrimEnd('.')}); what was there before is unchanged.", error);
        }
    }

    /// <summary>Opens a checkpoint and verifies its checksum.</summary>
    /// <exception cref="UserException">It is missing, truncated, damaged, or no checkpoint.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = SafetensorsFile.Open(path);
        try
        {
            Verify(file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a checkpoint whose tensors are not those that the settings ask for.</summary>
    /// <param name="file">The checkpoint.</param>
    /// <param name="expected">The shapes of all tensors that it must hold, by name.</param>
    /// <exception cref="UserException">A tensor is missing, too many, or of another shape; the message names it.</exception>
    public static void RequireArchitecture(SafetensorsFile file, IReadOnlyDictionary<string, IReadOnlyList<int>> expected)
    {
        foreach (var (name, shape) in expected.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!file.Tensors.TryGetValue(name, out var entry))
                throw OtherArchitecture(file, $"it holds no {name}, which the settings ask for");
            if (!entry.Shape.SequenceEqual(shape))
            {
                throw OtherArchitecture(file,
                    $"its {name} has shape [{string.Join(", ", entry.Shape)}] where the settings ask for [{string.Join(", ", shape)}]");
            }
        }
        if (file.Tensors.Keys.FirstOrDefault(name => !expected.ContainsKey(name)) is { } more)
            throw OtherArchitecture(file, $"it holds {more}, which the settings do not ask for");
    }

    private static UserException OtherArchitecture(SafetensorsFile file, string what) =>
        new($"{file.Path} is a checkpoint of another architecture: {what}; use the configuration it was trained with.");

    // The header is written with zeros for the checksum, hashed with the tensors as they pass, and its 64 digits filled in at the end.
    private static void WriteChecked(
        Stream stream, IReadOnlyDictionary<string, TensorContent> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var header = SafetensorsWriter.Header(tensors, new Dictionary<string, string>(metadata) { [ChecksumKey] = NoChecksum });
        var start = stream.Position;
        byte[] hash;
        using (var sha256 = SHA256.Create())
        {
            using (var hashing = new CryptoStream(stream, sha256, CryptoStreamMode.Write, leaveOpen: true))
            {
                hashing.Write(header);
                SafetensorsWriter.WriteData(hashing, tensors);
            }
            hash = sha256.Hash!;
        }
        var end = stream.Position;
        stream.Position = start + ChecksumPosition(header, NoChecksum);
        stream.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash)));
        stream.Position = end;
    }

    private static void Verify(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(ChecksumKey, out var checksum) || checksum.Length != ChecksumDigits)
            throw new UserException($"{file.Path} has no checksum, so it is no checkpoint of this program; --init takes plain weights.");
        var header = new byte[file.DataOffset];
        file.ReadBytes(0, header);
        Encoding.ASCII.GetBytes(NoChecksum).CopyTo(header, ChecksumPosition(header, checksum));
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData(header);
        var piece = new byte[PieceBytes];
        for (var position = file.DataOffset; position < file.Length; position += PieceBytes)
        {
            var part = piece.AsSpan(0, (int)Math.Min(PieceBytes, file.Length - position));
            file.ReadBytes(position, part);
            sha256.AppendData(part);
        }
        if (Convert.ToHexStringLower(sha256.GetHashAndReset()) != checksum)
            throw new UserException($"{file.Path} is damaged: its checksum does not match its content; use an earlier checkpoint.");
    }

    private static int ChecksumPosition(byte[] header, string checksum)
    {
        var key = Encoding.ASCII.GetBytes($"\"{ChecksumKey}\":\"{checksum}\"");
        var position = header.AsSpan().IndexOf(key);
        return position >= 0
            ? position + key.Length - 1 - ChecksumDigits
            : throw new UserException("The checksum of a checkpoint is not written as this program writes it; use an earlier checkpoint.");
    }
}
