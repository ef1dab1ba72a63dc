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

/// <summary>A warp's sums of 16 rows of a head: T0 has columns 0–7, T7 columns 56–63. A lane has two neighbours of row lane/4 ("upper") and
/// two of row lane/4 + 8 ("lower").</summary>
internal struct HeadSums
{
    public Tile T0, T1, T2, T3, T4, T5, T6, T7;

    /// <summary>The upper rows times a factor, the lower ones times another.</summary>
    public readonly HeadSums Times(float upper, float lower) => new()
    {
        T0 = Times(T0, upper, lower),
        T1 = Times(T1, upper, lower),
        T2 = Times(T2, upper, lower),
        T3 = Times(T3, upper, lower),
        T4 = Times(T4, upper, lower),
        T5 = Times(T5, upper, lower),
        T6 = Times(T6, upper, lower),
        T7 = Times(T7, upper, lower),
    };

    private static Tile Times(Tile tile, float upper, float lower) =>
        new() { C0 = tile.C0 * upper, C1 = tile.C1 * upper, C2 = tile.C2 * lower, C3 = tile.C3 * lower };
}

/// <summary>A number for each of 16 rows and 16 others, such as their scores: T0 with the first eight of these.</summary>
internal struct ScoreTile
{
    public Tile T0, T1;

    /// <summary>The largest of this lane's numbers of its upper row.</summary>
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

    /// <summary>A term for each row.</summary>
    public static ScoreTile OfRows(float upper, float lower)
    {
        Tile tile = new() { C0 = upper, C1 = upper, C2 = lower, C3 = lower };
        return new() { T0 = tile, T1 = tile };
    }

    /// <summary>A term for each of the others: two neighbours a lane, of the first and the second eight.</summary>
    public static ScoreTile OfColumns(float first, float second, float third, float fourth) => new()
    {
        T0 = new() { C0 = first, C1 = second, C2 = first, C3 = second },
        T1 = new() { C0 = third, C1 = fourth, C2 = third, C3 = fourth },
    };

    /// <summary><c>2^(scale · number + term)</c>.</summary>
    public readonly ScoreTile Exponentials(float scale, ScoreTile terms) => new()
    {
        T0 = Exponentials(T0, scale, terms.T0),
        T1 = Exponentials(T1, scale, terms.T1),
    };

    /// <summary>−∞ for the others from the <paramref name="limit"/>th on.</summary>
    public readonly ScoreTile Below(int limit) => new()
    {
        T0 = Below(T0, TensorCoreHead.LaneColumn, limit),
        T1 = Below(T1, TensorCoreHead.LaneColumn + 8, limit),
    };

    public readonly ScoreTile Times(ScoreTile other) => new() { T0 = Times(T0, other.T0), T1 = Times(T1, other.T1) };

    private static Tile Times(Tile tile, Tile other) =>
        new() { C0 = tile.C0 * other.C0, C1 = tile.C1 * other.C1, C2 = tile.C2 * other.C2, C3 = tile.C3 * other.C3 };

    private static Tile Exponentials(Tile tile, float scale, Tile terms) => new()
    {
        C0 = Exponential(tile.C0, scale, terms.C0),
        C1 = Exponential(tile.C1, scale, terms.C1),
        C2 = Exponential(tile.C2, scale, terms.C2),
        C3 = Exponential(tile.C3, scale, terms.C3),
    };

    private static float Exponential(float number, float scale, float term) =>
        CudaMath.Exp2(TensorCoreIntrinsics.MultiplyAdd(number, scale, term));

    private static Tile Below(Tile tile, int column, int limit) => new()
    {
        C0 = column < limit ? tile.C0 : float.NegativeInfinity,
        C1 = column + 1 < limit ? tile.C1 : float.NegativeInfinity,
        C2 = column < limit ? tile.C2 : float.NegativeInfinity,
        C3 = column + 1 < limit ? tile.C3 : float.NegativeInfinity,
    };
}
