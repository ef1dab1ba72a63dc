using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DoRA.Model.Files;

/// <summary>
/// Writes safetensors. The same tensors and metadata give the same bytes: names are sorted (ordinal), the header is padded with
/// spaces so that the data starts at a multiple of 8 bytes, and widest elements come first so that each tensor is aligned.
/// </summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a header and then each tensor in turn; no tensor is copied.</summary>
    /// <param name="stream">Written from its present position; it need not seek.</param>
    /// <param name="tensors">The tensors by name.</param>
    /// <param name="metadata">Pairs for the header's <c>__metadata__</c>.</param>
    public static void Write(
        Stream stream, IReadOnlyDictionary<string, TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        stream.Write(Header(tensors, metadata ?? new Dictionary<string, string>()));
        WriteData(stream, tensors);
    }

    /// <summary>Writes a file in place; an existing one is replaced.</summary>
    public static void Write(
        string path, IReadOnlyDictionary<string, TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = File.Create(path);
        Write(stream, tensors, metadata);
    }

    /// <summary>The 8 bytes of length and the padded JSON header.</summary>
    public static byte[] Header(IReadOnlyDictionary<string, TensorContent> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        buffer.Write(stackalloc byte[sizeof(long)]);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            long offset = 0;
            foreach (var (name, tensor) in InOrder(tensors))
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", tensor.Type.SafetensorsName());
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % Alignment != 0)
            buffer.WriteByte((byte)' ');
        var header = buffer.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - sizeof(long));
        return header;
    }

    /// <summary>Writes what follows the header: every tensor's elements, in the header's order.</summary>
    public static void WriteData(Stream stream, IReadOnlyDictionary<string, TensorContent> tensors)
    {
        foreach (var (_, tensor) in InOrder(tensors))
            tensor.WriteTo(stream);
    }

    private static IEnumerable<KeyValuePair<string, TensorContent>> InOrder(IReadOnlyDictionary<string, TensorContent> tensors) =>
        tensors.OrderByDescending(pair => pair.Value.Type.Size()).ThenBy(pair => pair.Key, StringComparer.Ordinal);

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count == 0)
            return;
        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }
}
