using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Attention;

/// <summary>Forward: each block of queries sees all scores of its rows at once, so the softmax takes two passes over them and is exact.</summary>
internal unsafe struct AttentionForward<L, V> : IParallelWork
    where L : ILanes<V>
    where V : struct
{
    public AttentionSize Size;
    public AttentionLayout<L, V> Layout;
    public float* Output;
    public float* LogSumExp;
    public float* ClsAttention;
    public HeadRows Query;
    public HeadRows Key;
    public HeadRows Value;
    public float* Scratch;

    public readonly int Phases => 1;

    public readonly int Parts(int phase) => Size.Batch * Size.Heads;

    public readonly void Run(int phase, int part, int worker)
    {
        int image = part / Size.Heads, head = part % Size.Heads;
        float* keyPanels = Scratch + (worker * Layout.ForwardFloats);
        float* valuePanels = keyPanels + (Layout.ScoreStride * Size.HeadDim);
        float* scores = valuePanels + (Size.Tokens * Layout.HeadStride);
        float* edge = scores + (Layout.ForwardRows * Layout.ScoreStride);
        float* tile = edge + (Tile<L, V>.Rows * Size.HeadDim);
        float* inverseSums = tile + (Tile<L, V>.Rows * Tile<L, V>.Columns);

        HeadTiles<L, V>.PackLines(keyPanels, Key.Head(image, Size.Tokens, head, Size.HeadDim), Key.Stride, Size.Tokens, Size.HeadDim);
        HeadTiles<L, V>.PackColumns(valuePanels, Value.Head(image, Size.Tokens, head, Size.HeadDim), Value.Stride, Size.Tokens, Size.HeadDim);

        float* query = Query.Head(image, Size.Queries, head, Size.HeadDim);
        float* output = Output + ((long)image * Size.Queries * Size.Width) + (head * Size.HeadDim);
        float* logSumExp = LogSumExp + ((long)part * Size.Queries);
        for (int first = 0; first < Size.Queries; first += Layout.ForwardRows)
        {
            int rows = Math.Min(Layout.ForwardRows, Size.Queries - first);
            HeadTiles<L, V>.Scores(scores, Layout.ScoreStride, query + ((long)first * Query.Stride), Query.Stride, rows, keyPanels, Size.Tokens, Size.HeadDim, edge);
            HeadVectors<L, V>.Exponentiate(scores, Layout.ScoreStride, rows, Size.Tokens, Size.Scale, logSumExp + first, inverseSums);
            if (first == 0 && ClsAttention != null)
            {
                HeadVectors<L, V>.CopyScaled(ClsAttention + ((long)part * Size.Tokens), scores, Size.Tokens, inverseSums[0]);
            }

            HeadTiles<L, V>.Combine(
                output + ((long)first * Size.Width), Size.Width, scores, Layout.ScoreStride, rows, valuePanels, Size.Tokens, Size.HeadDim, inverseSums, tile);
        }
    }
}
