using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU.Algorithms;

namespace DoRA.Kernels.Attention;

/// <summary>16 rows of a head as left operands: F0 has columns 0–15, F3 columns 48–63.</summary>
internal struct HeadFragments
{
    public Quad F0, F1, F2, F3;

    /// <summary>This lane's part of the products of the upper eight rows with the same rows of another matrix.</summary>
    public readonly float DotUpper(HeadFragments other) =>
        Dot(F0.R0, other.F0.R0) + Dot(F0.R2, other.F0.R2) + (Dot(F1.R0, other.F1.R0) + Dot(F1.R2, other.F1.R2))
        + (Dot(F2.R0, other.F2.R0) + Dot(F2.R2, other.F2.R2) + (Dot(F3.R0, other.F3.R0) + Dot(F3.R2, other.F3.R2)));

    /// <summary>The same of the lower eight rows.</summary>
    public readonly float DotLower(HeadFragments other) =>
        Dot(F0.R1, other.F0.R1) + Dot(F0.R3, other.F0.R3) + (Dot(F1.R1, other.F1.R1) + Dot(F1.R3, other.F1.R3))
        + (Dot(F2.R1, other.F2.R1) + Dot(F2.R3, other.F2.R3) + (Dot(F3.R1, other.F3.R1) + Dot(F3.R3, other.F3.R3)));

    private static float Dot(uint a, uint b) => TensorCoreHead.Dot(a, b);
}

/// <summary>A warp's sums of 16 rows of a head: T0 has columns 0–7, T7 columns 56–63. A lane has two neighbours of row lane/4 and two of row
/// lane/4 + 8.</summary>
internal struct HeadSums
{
    public Tile T0, T1, T2, T3, T4, T5, T6, T7;

    /// <summary>The upper eight rows times a factor, the lower eight times another.</summary>
    public readonly HeadSums Times(float upper, float lower) => new()
    {
        T0 = ScoreTile.Times(T0, upper, lower),
        T1 = ScoreTile.Times(T1, upper, lower),
        T2 = ScoreTile.Times(T2, upper, lower),
        T3 = ScoreTile.Times(T3, upper, lower),
        T4 = ScoreTile.Times(T4, upper, lower),
        T5 = ScoreTile.Times(T5, upper, lower),
        T6 = ScoreTile.Times(T6, upper, lower),
        T7 = ScoreTile.Times(T7, upper, lower),
    };
}

/// <summary>Scores of 16 rows with 16 others, T0 with the first eight of these.</summary>
internal struct ScoreTile
{
    public Tile T0, T1;

    /// <summary>The largest of this lane's scores of the upper row.</summary>
    public readonly float LargestUpper => XMath.Max(XMath.Max(T0.C0, T0.C1), XMath.Max(T1.C0, T1.C1));

    public readonly float LargestLower => XMath.Max(XMath.Max(T0.C2, T0.C3), XMath.Max(T1.C2, T1.C3));

    public readonly float SumUpper => T0.C0 + T0.C1 + (T1.C0 + T1.C1);

    public readonly float SumLower => T0.C2 + T0.C3 + (T1.C2 + T1.C3);

    /// <summary>Rounded to bf16, as the left operand of a product over the 16 others.</summary>
    public readonly Quad Operand => new()
    {
        R0 = TensorCoreIntrinsics.Pack(T0.C0, T0.C1),
        R1 = TensorCoreIntrinsics.Pack(T0.C2, T0.C3),
        R2 = TensorCoreIntrinsics.Pack(T1.C0, T1.C1),
        R3 = TensorCoreIntrinsics.Pack(T1.C2, T1.C3),
    };

    /// <summary><c>2^(scale · score − offset)</c>, an offset for each row.</summary>
    public readonly ScoreTile Exponentials(float scale, float upper, float lower) => new()
    {
        T0 = Exponentials(T0, scale, upper, lower),
        T1 = Exponentials(T1, scale, upper, lower),
    };

    /// <summary>The same where the 16 others have the offsets: X of the lane's first column, Z of its second.</summary>
    public readonly ScoreTile Exponentials(float scale, Float4 left, Float4 right) => new()
    {
        T0 = Exponentials(T0, scale, left),
        T1 = Exponentials(T1, scale, right),
    };

    /// <summary><c>this ∘ (other − term)</c>, a term for each row.</summary>
    public readonly ScoreTile TimesDifference(ScoreTile other, float upper, float lower) => new()
    {
        T0 = TimesDifference(T0, other.T0, upper, lower),
        T1 = TimesDifference(T1, other.T1, upper, lower),
    };

    /// <summary>The same where the 16 others have the terms: Y of the lane's first column, W of its second.</summary>
    public readonly ScoreTile TimesDifference(ScoreTile other, Float4 left, Float4 right) => new()
    {
        T0 = TimesDifference(T0, other.T0, left),
        T1 = TimesDifference(T1, other.T1, right),
    };

    /// <summary>−∞ for the others from the <paramref name="limit"/>th on.</summary>
    public readonly ScoreTile Below(int limit) => new()
    {
        T0 = Below(T0, TensorCoreHead.LaneColumn, limit),
        T1 = Below(T1, TensorCoreHead.LaneColumn + 8, limit),
    };

    public static Tile Times(Tile tile, float upper, float lower) =>
        new() { C0 = tile.C0 * upper, C1 = tile.C1 * upper, C2 = tile.C2 * lower, C3 = tile.C3 * lower };

    private static Tile Exponentials(Tile tile, float scale, float upper, float lower) => new()
    {
        C0 = CudaMath.Exp2((tile.C0 * scale) - upper),
        C1 = CudaMath.Exp2((tile.C1 * scale) - upper),
        C2 = CudaMath.Exp2((tile.C2 * scale) - lower),
        C3 = CudaMath.Exp2((tile.C3 * scale) - lower),
    };

    private static Tile Exponentials(Tile tile, float scale, Float4 offsets) => new()
    {
        C0 = CudaMath.Exp2((tile.C0 * scale) - offsets.X),
        C1 = CudaMath.Exp2((tile.C1 * scale) - offsets.Z),
        C2 = CudaMath.Exp2((tile.C2 * scale) - offsets.X),
        C3 = CudaMath.Exp2((tile.C3 * scale) - offsets.Z),
    };

    private static Tile TimesDifference(Tile tile, Tile other, float upper, float lower) => new()
    {
        C0 = tile.C0 * (other.C0 - upper),
        C1 = tile.C1 * (other.C1 - upper),
        C2 = tile.C2 * (other.C2 - lower),
        C3 = tile.C3 * (other.C3 - lower),
    };

    private static Tile TimesDifference(Tile tile, Tile other, Float4 terms) => new()
    {
        C0 = tile.C0 * (other.C0 - terms.Y),
        C1 = tile.C1 * (other.C1 - terms.W),
        C2 = tile.C2 * (other.C2 - terms.Y),
        C3 = tile.C3 * (other.C3 - terms.W),
    };

    private static Tile Below(Tile tile, int column, int limit) => new()
    {
        C0 = column < limit ? tile.C0 : float.NegativeInfinity,
        C1 = column + 1 < limit ? tile.C1 : float.NegativeInfinity,
        C2 = column < limit ? tile.C2 : float.NegativeInfinity,
        C3 = column + 1 < limit ? tile.C3 : float.NegativeInfinity,
    };
}
