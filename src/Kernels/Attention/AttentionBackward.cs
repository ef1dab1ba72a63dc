using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Attention;

/// <summary>Backward: a block of queries forms its probabilities again from the log-sum-exp, and adds its share to the keys' and values' gradients.</summary>
internal unsafe struct AttentionBackward<L, V> : IParallelWork
    where L : ILanes<V>
    where V : struct
{
    public AttentionSize Size;
    public AttentionLayout<L, V> Layout;
    public HeadRows DQuery;
    public HeadRows DKey;
    public HeadRows DValue;
    public HeadRows DOutput;
    public HeadRows Output;
    public float* LogSumExp;
    public HeadRows Query;
    public HeadRows Key;
    public HeadRows Value;
    public float* Scratch;

    public readonly int Phases => 1;

    public readonly int Parts(int phase) => Size.Batch * Size.Heads;

    public readonly void Run(int phase, int part, int worker)
    {
        int image = part / Size.Heads, head = part % Size.Heads;
        int headDim = Size.HeadDim, tokens = Size.Tokens, scoreStride = Layout.ScoreStride, headStride = Layout.HeadStride;
        int lines = scoreStride * headDim, scoreFloats = (Layout.BackwardRows * scoreStride) + Tile<L, V>.Rows;
        float* keyPanels = Scratch + (worker * Layout.BackwardFloats);
        float* valuePanels = keyPanels + lines;
        float* keyColumns = valuePanels + lines;
        float* queryColumns = keyColumns + (tokens * headStride);
        float* dOutputColumns = queryColumns + (Layout.BackwardRows * headStride);
        float* probabilities = dOutputColumns + (Layout.BackwardRows * headStride);
        float* dScores = probabilities + scoreFloats;
        float* dKeySums = dScores + scoreFloats;
        float* dValueSums = dKeySums + (Layout.KeyRows * headStride);
        float* edge = dValueSums + (Layout.KeyRows * headStride);
        float* tile = edge + (Tile<L, V>.Rows * headDim);

        float* key = Key.Head(image, tokens, head, headDim);
        HeadTiles<L, V>.PackLines(keyPanels, key, Key.Stride, tokens, headDim);
        HeadTiles<L, V>.PackLines(valuePanels, Value.Head(image, tokens, head, headDim), Value.Stride, tokens, headDim);
        HeadTiles<L, V>.PackColumns(keyColumns, key, Key.Stride, tokens, headDim);

        for (int first = 0; first < Size.Queries; first += Layout.BackwardRows)
        {
            int rows = Math.Min(Layout.BackwardRows, Size.Queries - first);
            float* query = Query.Head(image, Size.Queries, head, headDim) + ((long)first * Query.Stride);
            float* dQuery = DQuery.Head(image, Size.Queries, head, headDim) + ((long)first * DQuery.Stride);
            float* dOutput = DOutput.Head(image, Size.Queries, head, headDim) + ((long)first * DOutput.Stride);
            float* output = Output.Head(image, Size.Queries, head, headDim) + ((long)first * Output.Stride);
            HeadTiles<L, V>.PackColumns(queryColumns, query, Query.Stride, rows, headDim);
            HeadTiles<L, V>.PackColumns(dOutputColumns, dOutput, DOutput.Stride, rows, headDim);

            HeadTiles<L, V>.Scores(probabilities, scoreStride, query, Query.Stride, rows, keyPanels, tokens, headDim, edge);
            HeadTiles<L, V>.Scores(dScores, scoreStride, dOutput, DOutput.Stride, rows, valuePanels, tokens, headDim, edge);
            for (int row = 0; row < rows; row++)
            {
                float dot = HeadVectors<L, V>.Dot(dOutput + ((long)row * DOutput.Stride), output + ((long)row * Output.Stride), headDim);
                Differentiate(probabilities + (row * scoreStride), dScores + (row * scoreStride), LogSumExp[((long)part * Size.Queries) + first + row], dot);
            }

            HeadTiles<L, V>.Combine(dQuery, DQuery.Stride, dScores, scoreStride, rows, keyColumns, tokens, headDim, null, tile);
            HeadTiles<L, V>.Gather(dValueSums, headStride, headDim, tokens, probabilities, scoreStride, rows, dOutputColumns, first > 0);
            HeadTiles<L, V>.Gather(dKeySums, headStride, headDim, tokens, dScores, scoreStride, rows, queryColumns, first > 0);
        }

        float* dKey = DKey.Head(image, tokens, head, headDim);
        float* dValue = DValue.Head(image, tokens, head, headDim);
        for (int j = 0; j < tokens; j++)
        {
            HeadVectors<L, V>.CopyScaled(dKey + ((long)j * DKey.Stride), dKeySums + ((long)j * headStride), headDim, 1f);
            HeadVectors<L, V>.CopyScaled(dValue + ((long)j * DValue.Stride), dValueSums + ((long)j * headStride), headDim, 1f);
        }
    }

    /// <summary>A row of scores becomes probabilities, and its row of dO Vᵀ becomes P ∘ (dO Vᵀ − dot) · scale.</summary>
    private readonly void Differentiate(float* scores, float* dScores, float logSumExp, float dot)
    {
        V scale = L.Create(Size.Scale), offset = L.Create(-logSumExp), minusDot = L.Create(-dot);
        for (int j = 0; j < Size.Tokens; j += L.Count)
        {
            V probability = Exponential<L, V>.Exp(L.MultiplyAdd(L.Load(scores + j), scale, offset));
            L.Store(probability, scores + j);
            L.Store(L.Multiply(L.Multiply(probability, scale), L.Add(L.Load(dScores + j), minusDot)), dScores + j);
        }
    }
}
