namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>A product's sizes and how it is cut: into tiles, and along k into parts whose sums are added in order by a second
/// kernel.</summary>
/// <param name="Rows">Lines of the left side.</param>
/// <param name="Columns">Lines of the right side.</param>
/// <param name="Depth">Number of k.</param>
/// <param name="PartDepth">k of one part, whole steps of either kernel.</param>
internal readonly record struct ProductShape(int Rows, int Columns, int Depth, int PartDepth)
{
    /// <summary>Groups that a launch should have: two for each of the 132 multiprocessors of an H100 or H200. A constant, so that a
    /// result has the same bits on every card.</summary>
    private const int WantedGroups = 264;

    /// <summary>A part is no shorter: its sums, 64 KB that are written and read again, keep a multiprocessor's share of the memory busy
    /// for the time of some 15 steps.</summary>
    private const int LeastSteps = 16;

    public int Parts => Math.Max(1, Ceiling(Depth, PartDepth));

    public Extents Grid => (Ceiling(Columns, TensorCoreProduct.TileSize), Ceiling(Rows, TensorCoreProduct.TileSize), Parts);

    /// <summary>Fours of elements in a row, the last one perhaps not whole.</summary>
    public int RowFours => (Columns + 3) / 4;

    /// <summary>Where the sums of the left side's lines, [parts, rows], begin behind those of the product, [parts, rows,
    /// 4 · RowFours].</summary>
    public long LineSumsAt => 4L * Parts * Rows * RowFours;

    /// <summary>Floats of all parts' sums.</summary>
    public long PartialLength => LineSumsAt + ((long)Parts * Rows);

    /// <summary>Groups of the kernel that adds up the parts, one thread for four elements.</summary>
    public int SumGroups => Ceiling((long)Rows * RowFours, TensorCoreProduct.SumGroupSize);

    /// <summary>Cuts k as far as the tiles alone would leave a card idle.</summary>
    public static ProductShape Of(int rows, int columns, int depth)
    {
        long tiles = (long)Ceiling(rows, TensorCoreProduct.TileSize) * Ceiling(columns, TensorCoreProduct.TileSize);
        int steps = Ceiling(depth, TensorCoreProduct.StepDepth);
        int parts = (int)Math.Clamp(WantedGroups / Math.Max(1, tiles), 1, Math.Max(1, steps / LeastSteps));
        long partDepth = (long)Math.Max(1, Ceiling(steps, parts)) * TensorCoreProduct.StepDepth;
        return new(rows, columns, depth, Ceiling(partDepth, WarpgroupProduct.StepDepth) * WarpgroupProduct.StepDepth);
    }

    private static int Ceiling(long length, int unit) => (int)((length + unit - 1) / unit);
}
