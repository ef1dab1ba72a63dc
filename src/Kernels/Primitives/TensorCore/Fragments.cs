namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>Four registers: what ldmatrix.x4 loads, or the A operand of one mma.</summary>
internal struct Quad
{
    public uint R0, R1, R2, R3;
}

/// <summary>Two registers: the B operand of one mma.</summary>
internal struct Pair
{
    public uint R0, R1;
}

/// <summary>The A operands of four mma, one below the other: 64 rows of 16 elements.</summary>
internal struct RowFragments
{
    public Quad F0, F1, F2, F3;
}

/// <summary>The B operands of four mma, side by side: 32 columns of 16 elements.</summary>
internal struct ColumnFragments
{
    public Quad F0, F1;
}

/// <summary>Accumulators of one 16x8 mma tile.</summary>
internal struct Tile
{
    public float C0, C1, C2, C3;
}

/// <summary>Four tiles side by side: 16 rows of 32 columns.</summary>
internal struct TileRow
{
    public Tile T0, T1, T2, T3;
}

/// <summary>A warp's 64 x 32 accumulators.</summary>
internal struct WarpTile
{
    public TileRow R0, R1, R2, R3;
}

/// <summary>A warp's 64 x 64 accumulators, and the sums of its rows' left side.</summary>
internal struct Accumulators
{
    public WarpTile Left, Right;

    /// <summary>Column j of the tile holds the sums of the 16 rows of the left side's fragment j.</summary>
    public Tile LineSums;
}

/// <summary>A warp's share of a warpgroup's product: 16 rows of 128 columns.</summary>
internal struct WarpRows
{
    public TileRow C0, C1, C2, C3;
}
