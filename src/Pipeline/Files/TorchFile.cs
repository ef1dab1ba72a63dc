using System.Buffers.Binary;
using System.IO.Compression;
using DoRA.Kernels;
using DoRA.Model.Files;

namespace DoRA.Pipeline.Files;

/// <summary>
/// A file written by torch.save: the zip format, or the one before PyTorch 1.6. Its pickle is read by <see cref="PickleReader"/>: nothing in
/// it is executed. All memory that is taken is bounded by the file's length.
/// </summary>
internal sealed class TorchFile : IDisposable
{
    private const int MaxPickleBytes = 1 << 26;
    private const int LegacyProtocol = 1001;

    // The tensors of a file may share storages and so hold more than the file, but not much more.
    private const long LargestGrowth = 8;
    private const long SmallestBudget = 1 << 20;

    private static readonly byte[] ZipStart = "PK"u8.ToArray();

    // The pickled number that torch.save began its files with before 1.6, with its protocol byte and length.
    private static readonly byte[] LegacyStart = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    private readonly FileStream stream;
    private readonly Dictionary<string, TorchStorage> storages = new(StringComparer.Ordinal);
    private ZipArchive? archive;
    private long budget;

    private TorchFile(string path)
    {
        stream = File.OpenRead(path);
        budget = Math.Max(SmallestBudget, LargestGrowth * stream.Length);
    }

    /// <summary>What was saved.</summary>
    public object? Root { get; private set; }

    /// <summary>Opens a file, hands it to a function, and closes it.</summary>
    /// <exception cref="UserException">It is missing, damaged, truncated, of another format, or asks for more than data.</exception>
    public static T Use<T>(string path, Func<TorchFile, T> use)
    {
        try
        {
            using var file = new TorchFile(path);
            file.Root = file.ReadRoot();
            return use(file);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserException($"{path} does not exist; name an existing PyTorch file (.pth).", error);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw new UserException($"{path} cannot be imported: {error.Message.TrimEnd('.')}.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads a tensor's elements.</summary>
    public HostTensor Read(TorchTensor tensor)
    {
        Spend(tensor.Count * tensor.Type.Size());
        return tensor.Read();
    }

    public void Dispose()
    {
        archive?.Dispose();
        stream.Dispose();
    }

    private object? ReadRoot()
    {
        Span<byte> start = stackalloc byte[LegacyStart.Length];
        var length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (start[..length].SequenceEqual(LegacyStart))
            return ReadLegacy();
        stream.Position = 0;
        return start.StartsWith(ZipStart)
            ? ReadZip()
            : throw new InvalidDataException("it is not a file of torch.save, or it is older than PyTorch 0.2");
    }

    private object? ReadZip()
    {
        try
        {
            archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException("its zip directory is missing or damaged: it is truncated", error);
        }
        var pickle = archive.Entries.FirstOrDefault(entry => entry.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
            ?? throw new InvalidDataException("it is a zip archive without a data.pkl");
        var root = pickle.FullName[..^"data.pkl".Length];
        if (archive.GetEntry(root + "byteorder") is { } order && !ReadEntry(order, 16).AsSpan().SequenceEqual("little"u8))
            throw new InvalidDataException("it was written on a big-endian machine");
        using var content = new MemoryStream(ReadEntry(pickle, MaxPickleBytes));
        return new PickleReader(content, id => FindStorage(id, (key, storage) => LoadZip(root, key, storage))).Read();
    }

    private object? ReadLegacy()
    {
        if (ReadPickle() is not (long)LegacyProtocol)
            throw new InvalidDataException("it is of an unknown version of PyTorch's old format");
        if (ReadPickle() is not PickleDictionary system || system.Items.GetValueOrDefault("little_endian") is not true)
            throw new InvalidDataException("it was written on a big-endian machine");
        var root = ReadPickle();
        if (ReadPickle() is not List<object?> keys)
            throw new InvalidDataException("its list of storages is missing");
        Span<byte> count = stackalloc byte[sizeof(long)];
        foreach (var key in keys)
        {
            if (key is not string name || !storages.TryGetValue(name, out var storage) || storage.Load is not null)
                throw new InvalidDataException("its list of storages names one that no tensor uses");
            stream.ReadExactly(count);
            var position = stream.Position;
            if (BinaryPrimitives.ReadInt64LittleEndian(count) != storage.Count || storage.ByteCount > stream.Length - position)
                throw new InvalidDataException($"storage {name} does not have its {storage.ByteCount} bytes: it is damaged or truncated");
            storage.Load = () => LoadLegacy(position, storage);
            stream.Position = position + storage.ByteCount;
        }
        return root;
    }

    private object? ReadPickle() => new PickleReader(stream, id => FindStorage(id, null)).Read();

    // A persistent id is ("storage", type, key, device, count), in the old format with a view of another storage or None at the end.
    private TorchStorage FindStorage(object?[] id, Func<string, TorchStorage, byte[]>? load)
    {
        if (id is not ["storage", TorchStorageType type, string key, string, long and >= 0 and var count, .. var rest] || rest is not ([] or [null]))
            throw new InvalidDataException("it refers to something else than a storage");
        if (storages.TryGetValue(key, out var known))
        {
            return known.Type == type.Element && known.Count == count
                ? known
                : throw new InvalidDataException($"storage {key} is described in two ways");
        }
        if (count > Array.MaxLength / type.Element.Size())
            throw new InvalidDataException($"storage {key} claims {count} elements, more than an array holds");
        var storage = new TorchStorage(type.Element, count);
        if (load is not null)
            storage.Load = () => load(key, storage);
        return storages[key] = storage;
    }

    private byte[] LoadZip(string root, string key, TorchStorage storage)
    {
        var entry = archive!.GetEntry($"{root}data/{key}") ?? throw new InvalidDataException($"storage {key} is missing: it is damaged");
        if (entry.Length != storage.ByteCount)
            throw new InvalidDataException($"storage {key} has {entry.Length} bytes where {storage.ByteCount} belong: it is damaged");
        Spend(storage.ByteCount);
        return ReadEntry(entry, Array.MaxLength);
    }

    private byte[] LoadLegacy(long position, TorchStorage storage)
    {
        Spend(storage.ByteCount);
        var bytes = new byte[storage.ByteCount];
        stream.Position = position;
        stream.ReadExactly(bytes);
        return bytes;
    }

    // torch.save stores without compressing: an entry that is longer than what the file holds of it would be a bomb.
    private byte[] ReadEntry(ZipArchiveEntry entry, int largest)
    {
        if (entry.Length != entry.CompressedLength || entry.Length > Math.Min(largest, stream.Length))
            throw new InvalidDataException($"its part {entry.FullName} is compressed, too long or damaged");
        var bytes = new byte[entry.Length];
        using var content = entry.Open();
        content.ReadExactly(bytes);
        return bytes;
    }

    private void Spend(long bytes)
    {
        budget -= bytes;
        if (budget < 0)
            throw new InvalidDataException("its tensors share so much that they would take many times the file's length");
    }
}
