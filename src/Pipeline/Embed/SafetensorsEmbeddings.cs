using System.Runtime.InteropServices;
using System.Text.Json;
using DoRA.Model.Files;

namespace DoRA.Pipeline.Embed;

/// <summary>
/// <c>vectors</c> [pictures, …] float32, <c>source</c> [pictures] int64: each row's place in the JSON list <c>sources</c> of the metadata, and
/// <c>seconds</c> [pictures] float64, NaN for pictures. The header, which stands in front, needs the number of rows, so the vectors wait in a
/// file beside the output.
/// </summary>
internal sealed class SafetensorsEmbeddings(string path, Stream stream, EmbeddingLayout layout) : EmbeddingWriter
{
    private readonly string _waiting = $"{path}.vectors.partial";
    private readonly FileStream _vectors = File.Create($"{path}.vectors.partial");
    private readonly Dictionary<string, int> _sources = [];
    private readonly List<long> _source = [];
    private readonly List<double> _seconds = [];

    public override void Add(EmbeddedRow row)
    {
        _vectors.Write(MemoryMarshal.AsBytes(row.Vector.AsSpan()));
        _sources.TryAdd(row.Source, _sources.Count);
        _source.Add(_sources[row.Source]);
        _seconds.Add(row.Seconds ?? double.NaN);
    }

    public override void Complete()
    {
        int rows = _source.Count;
        Dictionary<string, TensorContent> tensors = new()
        {
            ["vectors"] = new Waiting(_vectors, [rows, .. layout.Shape]),
            ["source"] = HostTensor.Of([.. _source], rows),
            ["seconds"] = HostTensor.Of([.. _seconds], rows),
        };
        SafetensorsWriter.Write(stream, tensors, new Dictionary<string, string>
        {
            ["tokens"] = layout.Tokens == EmbeddedTokens.Cls ? "cls" : "patches",
            ["sources"] = JsonSerializer.Serialize(_sources.OrderBy(pair => pair.Value).Select(pair => pair.Key)),
        });
    }

    public override void Dispose()
    {
        _vectors.Dispose();
        File.Delete(_waiting);
    }

    private sealed class Waiting(FileStream vectors, int[] shape) : TensorContent(StoredType.Float32, shape)
    {
        public override void WriteTo(Stream stream)
        {
            vectors.Position = 0;
            vectors.CopyTo(stream);
        }
    }
}
