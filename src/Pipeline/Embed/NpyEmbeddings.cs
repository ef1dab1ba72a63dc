using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Embed;

/// <summary>
/// NumPy's format, version 1.0: [pictures, …] float32. It has no place for names, so sources and seconds stand beside it in a file of the same
/// name with the ending .csv, a line a row.
/// </summary>
internal sealed class NpyEmbeddings(string path, Stream stream, EmbeddingLayout layout) : EmbeddingWriter
{
    private const int HeaderBytes = 128, PrefixBytes = 10;
    private readonly List<(string Source, double? Seconds)> _rows = [];

    public override void Add(EmbeddedRow row)
    {
        if (_rows.Count == 0)
        {
            stream.Write(new byte[HeaderBytes]);
        }

        stream.Write(MemoryMarshal.AsBytes(row.Vector.AsSpan()));
        _rows.Add((row.Source, row.Seconds));
    }

    public override void Complete()
    {
        stream.Position = 0;
        stream.Write(Header());
        AtomicFile.Write(Path.ChangeExtension(path, ".csv"), csv =>
        {
            using StreamWriter text = new(csv, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            text.WriteLine("source,seconds");
            foreach ((string source, double? seconds) in _rows)
            {
                text.WriteLine($"{Quoted(source)},{seconds}");
            }
        });
    }

    public override void Dispose()
    {
    }

    private byte[] Header()
    {
        string shape = string.Concat(layout.Shape.Select(size => $", {size}"));
        string text = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({_rows.Count}{shape}), }}";
        byte[] header = Encoding.ASCII.GetBytes($"\u0000NUMPY\u0001\u0000  {text.PadRight(HeaderBytes - PrefixBytes - 1)}\n");
        header[0] = 0x93;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(PrefixBytes - 2), HeaderBytes - PrefixBytes);
        return header;
    }

    private static string Quoted(string field) =>
        field.AsSpan().ContainsAny(",\"\n\r") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
