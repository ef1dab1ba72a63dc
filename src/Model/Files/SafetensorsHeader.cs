using System.Buffers.Binary;
using System.Text.Json;
using DoRA.Kernels;
using Microsoft.Win32.SafeHandles;

namespace DoRA.Model.Files;

/// <summary>The checked header of a safetensors file.</summary>
/// <param name="Metadata">Its <c>__metadata__</c>.</param>
/// <param name="Tensors">Its tensors by name, sorted by name (ordinal).</param>
/// <param name="DataOffset">Where the data section starts, in bytes from the start of the file.</param>
internal sealed record SafetensorsHeader(
    IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, TensorEntry> Tensors, long DataOffset)
{
    public const string MetadataKey = "__metadata__";

    // The format's own limit: a longer header is an attack or not a header.
    private const long MaxHeaderBytes = 100_000_000;

    public static SafetensorsHeader Read(string path, SafeFileHandle handle)
    {
        var fileBytes = RandomAccess.GetLength(handle);
        if (fileBytes < sizeof(long))
            throw Bad(path, $"it has {fileBytes} bytes, too few for a header");
        Span<byte> prefix = stackalloc byte[sizeof(long)];
        ReadExactly(path, handle, 0, prefix);
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes > MaxHeaderBytes)
            throw Bad(path, $"its header claims {headerBytes} bytes, more than the {MaxHeaderBytes} allowed");
        if (headerBytes > (ulong)(fileBytes - sizeof(long)))
            throw Bad(path, $"its header claims {headerBytes} bytes, but the file ends after {fileBytes}: it is truncated");
        var json = new byte[headerBytes];
        ReadExactly(path, handle, sizeof(long), json);
        return Parse(path, json, sizeof(long) + (long)headerBytes, fileBytes);
    }

    public static void ReadExactly(string path, SafeFileHandle handle, long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var read = ReadSome(path, handle, offset, destination);
            if (read == 0)
                throw Bad(path, $"it ends at byte {offset}, before all its tensors are read: it is truncated");
            offset += read;
            destination = destination[read..];
        }
    }

    private static int ReadSome(string path, SafeFileHandle handle, long offset, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(handle, destination, offset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be read: {error.Message}", error);
        }
    }

    private static SafetensorsHeader Parse(string path, byte[] json, long dataOffset, long fileBytes)
    {
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var tensors = new SortedDictionary<string, TensorEntry>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Bad(path, "its header is not a JSON object");
            var sawMetadata = false;
            foreach (var property in document.RootElement.EnumerateObject())
            {
                var isMetadata = property.Name == MetadataKey;
                if (isMetadata ? sawMetadata : tensors.ContainsKey(property.Name))
                    throw Bad(path, $"its header names {property.Name} twice");
                sawMetadata |= isMetadata;
                if (isMetadata)
                    ReadMetadata(path, property.Value, metadata);
                else
                    tensors.Add(property.Name, ReadEntry(path, property.Name, property.Value, dataOffset, fileBytes));
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-16, found when it is read.
            throw Bad(path, $"its header is not valid JSON ({error.Message})", error);
        }
        CheckLayout(path, tensors.Values, dataOffset, fileBytes);
        return new SafetensorsHeader(metadata, tensors, dataOffset);
    }

    private static void ReadMetadata(string path, JsonElement element, SortedDictionary<string, string> metadata)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Bad(path, $"its {MetadataKey} is not a JSON object");
        foreach (var pair in element.EnumerateObject())
        {
            if (pair.Value.ValueKind != JsonValueKind.String)
                throw Bad(path, $"its {MetadataKey} entry {pair.Name} is not a string");
            if (!metadata.TryAdd(pair.Name, pair.Value.GetString()!))
                throw Bad(path, $"its {MetadataKey} names {pair.Name} twice");
        }
    }

    private static TensorEntry ReadEntry(string path, string name, JsonElement element, long dataOffset, long fileBytes)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw BadTensor(path, name, "is not described by a JSON object");
        string? typeName = null;
        int[]? shape = null;
        long[]? offsets = null;
        foreach (var field in element.EnumerateObject())
        {
            var repeated = field.Name switch
            {
                "dtype" => typeName is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => throw BadTensor(path, name, $"has the unknown field {field.Name}"),
            };
            if (repeated)
                throw BadTensor(path, name, $"has the field {field.Name} twice");
            if (field.Name == "dtype")
                typeName = field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString()! : field.Value.GetRawText();
            else if (field.Name == "shape")
                shape = [.. Numbers(path, name, field, int.MaxValue).Select(size => (int)size)];
            else
                offsets = Numbers(path, name, field, long.MaxValue);
        }
        var type = StoredTypes.FromSafetensors(typeName)
            ?? throw BadTensor(path, name, $"has the type {typeName ?? "(none)"}; F64, F32, F16, BF16, I64, I32, U8 and BOOL are supported");
        if (shape is null || offsets is not [var begin, var end])
            throw BadTensor(path, name, "needs a shape and two data_offsets");
        if (end < begin || end > fileBytes - dataOffset)
            throw BadTensor(path, name, $"has data_offsets [{begin}, {end}] outside the {fileBytes - dataOffset} bytes of data: "
                + "the file is damaged or truncated");
        if (!TryBytes(shape, type, out var bytes) || bytes != end - begin)
            throw BadTensor(path, name, $"takes {end - begin} bytes, which its shape [{string.Join(", ", shape)}] of {typeName} does not fill");
        return new TensorEntry(name, type, shape, dataOffset + begin, bytes);
    }

    private static long[] Numbers(string path, string name, JsonProperty field, long largest)
    {
        if (field.Value.ValueKind != JsonValueKind.Array)
            throw BadTensor(path, name, $"has a {field.Name} that is not an array");
        var numbers = new long[field.Value.GetArrayLength()];
        var index = 0;
        foreach (var item in field.Value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var number) || number < 0 || number > largest)
                throw BadTensor(path, name, $"has {item.GetRawText()} in its {field.Name}, which is not a size");
            numbers[index++] = number;
        }
        return numbers;
    }

    private static bool TryBytes(int[] shape, StoredType type, out long bytes)
    {
        bytes = type.Size();
        foreach (var size in shape)
        {
            var product = (Int128)bytes * size;
            if (product > long.MaxValue)
                return false;
            bytes = (long)product;
        }
        return true;
    }

    // The format allows neither overlaps nor gaps: in order of their offsets, each tensor starts where the one before ends.
    private static void CheckLayout(string path, IEnumerable<TensorEntry> tensors, long dataOffset, long fileBytes)
    {
        var expected = dataOffset;
        TensorEntry? before = null;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Bytes))
        {
            if (tensor.Offset < expected)
                throw BadTensor(path, tensor.Name, $"overlaps the tensor {before!.Name}");
            if (tensor.Offset > expected)
                throw BadTensor(path, tensor.Name, $"leaves a gap of {tensor.Offset - expected} bytes before it");
            expected += tensor.Bytes;
            before = tensor;
        }
        if (expected != fileBytes)
            throw Bad(path, $"{fileBytes - expected} bytes follow its last tensor");
    }

    private static UserException Bad(string path, string what, Exception? inner = null)
    {
        var sentence = $"{path} is not a valid safetensors file: {what}.";
        return inner is null ? new UserException(sentence) : new UserException(sentence, inner);
    }

    private static UserException BadTensor(string path, string tensor, string what) =>
        new($"{path} is not a valid safetensors file: tensor {tensor} {what}.");
}
