using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Attention;

/// <summary>The small products inside a head, in whole tiles over packed panels.</summary>
internal static unsafe class HeadTiles<L, V> where L : ILanes<V> where V : struct
{
    private static int Rows => Tile<L, V>.Rows;

    private static int Columns => Tile<L, V>.Columns;

    /// <summary>Packs lines (tokens of width <paramref name="headDim"/>) as panels over the head's width: the right side of X Yᵀ.</summary>
    public static void PackLines(float* panels, float* data, int stride, int lines, int headDim) =>
        new LineOperand(data, stride).Pack(panels, Columns, 0, lines, 0, headDim);

    /// <summary>Packs the same tokens as panels over the tokens: the right side of X Y. Panels are <paramref name="lines"/> · Columns floats apart.</summary>
    public static void PackColumns(float* panels, float* data, int stride, int lines, int headDim) =>
        new ColumnOperand<L, V>(data, stride, null, 1, null, false).Pack(panels, Columns, 0, headDim, 0, lines);

    /// <summary>scores[i, j] = Σ_d left[i, d] right[j, d] for rows 0 … rows − 1 and all tokens j; what else a tile covers may be written.</summary>
    /// <param name="edge">Memory for one packed panel of the left side.</param>
    public static void Scores(float* scores, int scoreStride, float* left, int leftStride, int rows, float* panels, int tokens, int headDim, float* edge)
    {
        int whole = rows / Rows * Rows;
        if (whole < rows)
        {
            new LineOperand(left, leftStride).Pack(edge, Rows, whole, rows - whole, 0, headDim);
        }

        for (int j = 0; j < tokens; j += Columns)
        {
            float* panel = panels + ((long)j * headDim);
            for (int i = 0; i < whole; i += Rows)
            {
                Tile<L, V>.Multiply(scores + ((long)i * scoreStride) + j, scoreStride, left + ((long)i * leftStride), leftStride, 1, panel, Columns, headDim, false, Rows, tokens - j);
            }

            if (whole < rows)
            {
                Tile<L, V>.Multiply(scores + ((long)whole * scoreStride) + j, scoreStride, edge, 1, Rows, panel, Columns, headDim, false, rows - whole, tokens - j);
            }
        }
    }

    /// <summary>target[i, c] = Σ_j weights[i, j] right[j, c] · (scale of row i, or 1), for rows 0 … rows − 1 of <paramref name="headDim"/> columns.</summary>
    /// <param name="rowScale">Null for 1.</param>
    /// <param name="tile">Memory for one tile.</param>
    public static void Combine(
        float* target, int targetStride, float* weights, int scoreStride, int rows, float* panels, int tokens, int headDim, float* rowScale, float* tile)
    {
        for (int column = 0; column < headDim; column += Columns)
        {
            for (int i = 0; i < rows; i += Rows)
            {
                Tile<L, V>.Multiply(tile, Columns, weights + ((long)i * scoreStride), scoreStride, 1, panels + ((long)column * tokens), Columns, tokens, false, rows - i, headDim - column);
                int last = Math.Min(rows, i + Rows);
                for (int row = i; row < last; row++)
                {
                    HeadVectors<L, V>.CopyScaled(target + ((long)row * targetStride) + column, tile + ((row - i) * Columns), Math.Min(Columns, headDim - column), rowScale == null ? 1f : rowScale[row]);
                }
            }
        }
    }

    /// <summary>sums[j, c] (+)= Σ_i weights[i, j] right[i, c] over rows 0 … rows − 1; sums is in whole tiles, <paramref name="headStride"/> wide.</summary>
    public static void Gather(float* sums, int headStride, int headDim, int keys, float* weights, int scoreStride, int rows, float* panels, bool accumulate)
    {
        for (int column = 0; column < headDim; column += Columns)
        {
            for (int j = 0; j < keys; j += Rows)
            {
                Tile<L, V>.Multiply(sums + ((long)j * headStride) + column, headStride, weights + j, 1, scoreStride, panels + ((long)column * rows), Columns, rows, accumulate, keys - j, headDim - column);
            }
        }
    }
}
