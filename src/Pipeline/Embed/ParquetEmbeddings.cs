using Parquet;
using Parquet.Schema;

namespace DoRA.Pipeline.Embed;

/// <summary>A row a picture: <c>source</c>, <c>seconds</c> (null for pictures) and <c>vector</c>, a list of floats.</summary>
internal sealed class ParquetEmbeddings : EmbeddingWriter
{
    /// <summary>Numbers of a row group: 16 MB.</summary>
    private const int GroupLength = 1 << 22;

    private static readonly DataField Source = new DataField<string>("source"), Seconds = new DataField<double?>("seconds");
    private readonly ListField _vector = new("vector", new DataField<float>("element"));
    private readonly ParquetWriter _writer;
    private readonly int _rowsOfAGroup;
    private readonly List<EmbeddedRow> _rows = [];

    public ParquetEmbeddings(Stream stream, EmbeddingLayout layout)
    {
        _rowsOfAGroup = Math.Max(1, GroupLength / layout.Length);
        _writer = ParquetWriter.CreateAsync(new ParquetSchema(Source, Seconds, _vector), stream).GetAwaiter().GetResult();
        _writer.CustomMetadata = new Dictionary<string, string>
        {
            ["tokens"] = layout.Tokens == EmbeddedTokens.Cls ? "cls" : "patches",
            ["shape"] = string.Join(' ', layout.Shape),
        };
    }

    public override void Add(EmbeddedRow row)
    {
        _rows.Add(row);
        if (_rows.Count == _rowsOfAGroup)
        {
            WriteGroup();
        }
    }

    public override void Complete()
    {
        if (_rows.Count > 0)
        {
            WriteGroup();
        }
    }

    public override void Dispose() => _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private void WriteGroup()
    {
        using ParquetRowGroupWriter group = _writer.CreateRowGroup();
        double?[] seconds = [.. _rows.Select(row => row.Seconds)];
        float[] vectors = [.. _rows.SelectMany(row => row.Vector)];

        // A list begins where the repetition level is 0; every element is there, which the highest definition level says.
        DataField element = (DataField)_vector.Item;
        int length = vectors.Length / _rows.Count;
        int[] repetition = [.. Enumerable.Range(0, vectors.Length).Select(i => i % length == 0 ? 0 : 1)];
        int[] definition = new int[vectors.Length];
        Array.Fill(definition, element.MaxDefinitionLevel);
        Write().GetAwaiter().GetResult();
        _rows.Clear();

        async Task Write()
        {
            await group.WriteAsync(Source, [.. _rows.Select(row => row.Source)]).ConfigureAwait(false);
            await group.WriteAsync<double>(Seconds, seconds).ConfigureAwait(false);
            await group.WriteAllPartsAsync<float>(element, vectors, definition, repetition, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
