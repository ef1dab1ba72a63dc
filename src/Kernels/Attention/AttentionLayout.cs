using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Attention;

/// <summary>The sizes of one worker's scratch memory: everything in whole tiles, offsets in floats.</summary>
internal readonly struct AttentionLayout<L, V> where L : ILanes<V> where V : struct
{
    // Rows of scores at a time. Backward adds a block's share to the gradients of all keys, so its blocks are higher.
    private const int ForwardTiles = 4;
    private const int BackwardTiles = 8;

    public AttentionLayout(AttentionSize size)
    {
        int rows = Tile<L, V>.Rows, columns = Tile<L, V>.Columns;
        int queryTiles = Ceiling(size.Queries, rows);
        ForwardRows = rows * Math.Min(queryTiles, ForwardTiles);
        BackwardRows = rows * Ceiling(queryTiles, Ceiling(queryTiles, BackwardTiles));
        ScoreStride = Ceiling(size.Tokens, columns) * columns;
        HeadStride = Ceiling(size.HeadDim, columns) * columns;
        KeyRows = Ceiling(size.Tokens, rows) * rows;

        int lines = ScoreStride * size.HeadDim, headColumns = size.Tokens * HeadStride, edge = rows * size.HeadDim, tile = rows * columns;
        ForwardFloats = Aligned(lines + headColumns + (ForwardRows * ScoreStride) + edge + tile + ForwardRows);
        BackwardFloats = Aligned((2 * lines) + headColumns + (2 * BackwardRows * HeadStride) + (2 * ((BackwardRows * ScoreStride) + rows))
            + (2 * KeyRows * HeadStride) + edge + tile);
    }

    /// <summary>Query rows in a block of forward, a multiple of the tile's.</summary>
    public int ForwardRows { get; }

    public int BackwardRows { get; }

    /// <summary>Floats between two rows of scores: the tokens in whole tiles.</summary>
    public int ScoreStride { get; }

    /// <summary>The head's width in whole tiles.</summary>
    public int HeadStride { get; }

    /// <summary>The tokens in whole tiles' rows.</summary>
    public int KeyRows { get; }

    public long ForwardFloats { get; }

    public long BackwardFloats { get; }

    private static int Ceiling(int a, int b) => (a + b - 1) / b;

    private static long Aligned(long floats) => (floats + 31) / 16 * 16;
}
