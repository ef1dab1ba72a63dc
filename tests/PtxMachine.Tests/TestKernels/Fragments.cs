namespace DoRA.PtxMachine.Tests.TestKernels;

/// <summary>Four registers: what ldmatrix.x4 loads, or the A operand of one mma.</summary>
public struct Quad
{
    public uint R0, R1, R2, R3;
}

/// <summary>The A operands of four mma, one below the other: 64 rows of 16 elements.</summary>
public struct RowFragments
{
    public Quad F0, F1, F2, F3;
}

/// <summary>The B operands of four mma, side by side: 32 columns of 16 elements.</summary>
public struct ColumnFragments
{
    public Quad F0, F1;
}

/// <summary>Accumulators of one 16x8 mma tile.</summary>
public struct Tile
{
    public float C0, C1, C2, C3;
}

/// <summary>Four tiles side by side: 16 rows of 32 columns.</summary>
public struct TileRow
{
    public Tile T0, T1, T2, T3;
}

/// <summary>A warp's 64 x 32 accumulators.</summary>
public struct WarpTile
{
    public TileRow R0, R1, R2, R3;
}
