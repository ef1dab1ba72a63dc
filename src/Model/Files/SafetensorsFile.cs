using System.Numerics;
using System.Runtime.InteropServices;
using DoRA.Kernels;
using Microsoft.Win32.SafeHandles;

namespace DoRA.Model.Files;

/// <summary>
/// A safetensors file, read lazily: opening reads and checks the header, each tensor is read when it is asked for.
/// Format: 8 bytes little-endian header length, a JSON header, then the tensors without gaps.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int PieceBytes = 1 << 24;

    private readonly SafeFileHandle handle;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header)
    {
        Path = path;
        this.handle = handle;
        Metadata = header.Metadata;
        Tensors = header.Tensors;
        DataOffset = header.DataOffset;
    }

    /// <summary>The path it was opened with.</summary>
    public string Path { get; }

    /// <summary>The header's <c>__metadata__</c>; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors by name, in the order of their names.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>Where the first tensor lies, in bytes from the start of the file.</summary>
    public long DataOffset { get; }

    /// <summary>Its length in bytes.</summary>
    public long Length => RandomAccess.GetLength(handle);

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="UserException">The file is missing, unreadable, or not a valid safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
            var file = new SafetensorsFile(path, handle, SafetensorsHeader.Read(path, handle));
            handle = null;
            return file;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserException($"{path} does not exist; name an existing safetensors file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be read: {error.Message}", error);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>A tensor's type, shape and place.</summary>
    /// <exception cref="UserException">There is no tensor of that name.</exception>
    public TensorEntry Entry(string name) => Tensors.TryGetValue(name, out var entry)
        ? entry
        : throw new UserException($"{Path} holds no tensor {name}; it is not the file that was expected here.");

    /// <summary>Reads a tensor as floats, converting whatever it is stored as.</summary>
    public float[] Floats(string name) => Load<float>(Entry(name), StoredType.Float32);

    /// <summary>Reads a tensor as doubles, converting whatever it is stored as.</summary>
    public double[] Doubles(string name) => Load<double>(Entry(name), StoredType.Float64);

    /// <summary>Reads a tensor as whole numbers (fractions are cut).</summary>
    public long[] Longs(string name) => Load<long>(Entry(name), StoredType.Int64);

    /// <summary>Reads a tensor of floats or of any other type into memory that is there already.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">Receives all its elements; its length must be their number.</param>
    public void Read(string name, Span<float> destination)
    {
        var entry = Entry(name);
        if (destination.Length != entry.Count)
        {
            throw new UserException($"{Path}: tensor {name} has shape [{string.Join(", ", entry.Shape)}], "
                + $"{entry.Count} values, where {destination.Length} were expected.");
        }
        ReadInto(entry, StoredType.Float32, destination);
    }

    /// <summary>Reads a tensor as it is stored.</summary>
    public HostTensor Read(string name)
    {
        var entry = Entry(name);
        int[] shape = [.. entry.Shape];
        return entry.Type switch
        {
            StoredType.Float32 => HostTensor.Of(Load<float>(entry, entry.Type), shape),
            StoredType.Float64 => HostTensor.Of(Load<double>(entry, entry.Type), shape),
            StoredType.Int64 => HostTensor.Of(Load<long>(entry, entry.Type), shape),
            _ => HostTensor.OfBytes(entry.Type, RawBytes(entry), shape),
        };
    }

    /// <summary>Fills a span with the file's bytes from a position.</summary>
    /// <exception cref="UserException">The file ends before, or cannot be read.</exception>
    public void ReadBytes(long offset, Span<byte> destination) => SafetensorsHeader.ReadExactly(Path, handle, offset, destination);

    public void Dispose() => handle.Dispose();

    private byte[] RawBytes(TensorEntry entry)
    {
        var bytes = NewArray<byte>(entry, entry.Bytes);
        ReadBytes(entry.Offset, bytes);
        return bytes;
    }

    private T[] Load<T>(TensorEntry entry, StoredType wanted) where T : unmanaged, INumber<T>
    {
        var result = NewArray<T>(entry, entry.Count);
        ReadInto(entry, wanted, result.AsSpan());
        return result;
    }

    private void ReadInto<T>(TensorEntry entry, StoredType wanted, Span<T> destination) where T : unmanaged, INumber<T>
    {
        var size = entry.Type.Size();
        var pieceElements = PieceBytes / size;
        var piece = entry.Type == wanted ? [] : new byte[Math.Min(PieceBytes, entry.Bytes)];
        for (var element = 0; element < destination.Length; element += pieceElements)
        {
            var target = destination.Slice(element, Math.Min(pieceElements, destination.Length - element));
            var offset = entry.Offset + (long)element * size;
            if (entry.Type == wanted)
            {
                ReadBytes(offset, MemoryMarshal.AsBytes(target));
                continue;
            }
            var source = piece.AsSpan(0, target.Length * size);
            ReadBytes(offset, source);
            ElementConversion.Convert(entry.Type, source, target);
        }
    }

    private T[] NewArray<T>(TensorEntry entry, long length) => length <= Array.MaxLength
        ? new T[length]
        : throw new UserException($"{Path}: tensor {entry.Name} has {entry.Count} elements, more than one array holds.");
}
