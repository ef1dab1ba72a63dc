using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;
using ILGPU.Algorithms;

namespace DoRA.Kernels.Attention;

/// <summary>
/// Tiles of a head in shared memory: a row has 128 bytes, chunk c of 16 bytes of row r lies at place c ^ (r mod 8), so that neither copies
/// nor ldmatrix meet bank conflicts. Tiles begin at multiples of 128 bytes, so 16 columns further is two bits of an address.
/// </summary>
internal static class TensorCoreHead
{
    /// <summary>The head width that these kernels are for.</summary>
    public const int HeadDim = 64;

    /// <summary>Rows that a warp owns.</summary>
    public const int TileRows = 16;

    /// <summary>1/√64, the scale of scores.</summary>
    public const float Scale = 0.125f;

    /// <summary>The scale of scores as exponents of 2.</summary>
    public const float BitsScale = Scale * CudaMath.BitsPerNatural;

    public const int RowBytes = HeadDim * sizeof(ushort);

    public const int TileBytes = TileRows * RowBytes;

    /// <summary>What dynamic shared memory may lack to begin at a multiple of 128.</summary>
    public const int AlignmentBytes = 128;

    /// <summary>The chunk that this lane copies.</summary>
    public static int LaneChunk => Warp.LaneIdx & 7;

    /// <summary>The first row that this lane copies.</summary>
    public static int LaneRow => Warp.LaneIdx >> 3;

    public static int LanePlace => Place(LaneRow, LaneChunk);

    /// <summary>The same chunk four rows further, from a row of the upper half of eight.</summary>
    public static int FourFurther(int place) => (place + (4 * RowBytes)) ^ 64;

    /// <summary>The first of this lane's two columns in a tile of sums.</summary>
    public static int LaneColumn => 2 * (Warp.LaneIdx & 3);

    /// <summary>The lane's place for left operands, and for right operands whose columns are the rows' columns.</summary>
    public static int RowPlace => Place(Warp.LaneIdx & 15, Warp.LaneIdx >> 4);

    /// <summary>The lane's place for right operands whose columns are the rows themselves.</summary>
    public static int ColumnPlace => Place((Warp.LaneIdx & 7) + ((Warp.LaneIdx >> 4) << 3), (Warp.LaneIdx >> 3) & 1);

    /// <summary>Where the group's tiles begin.</summary>
    public static int Memory() =>
        (TensorCoreIntrinsics.SharedAddress(ref SharedMemory.GetDynamic<uint>()[0]) + AlignmentBytes - 1) & -AlignmentBytes;

    public static int Place(int row, int chunk) => (row * RowBytes) + ((chunk ^ (row & 7)) << 4);

    /// <summary>A tile's rows as left operands.</summary>
    /// <param name="tile">By <see cref="RowPlace"/>.</param>
    public static HeadFragments Load(HeadPlaces tile) => new()
    {
        F0 = TensorCoreIntrinsics.LoadMatrices(tile.P0),
        F1 = TensorCoreIntrinsics.LoadMatrices(tile.P1),
        F2 = TensorCoreIntrinsics.LoadMatrices(tile.P2),
        F3 = TensorCoreIntrinsics.LoadMatrices(tile.P3),
    };

    /// <summary>The products of 16 rows with 16 others, in shared memory, added to what is there.</summary>
    /// <param name="others">By <see cref="ColumnPlace"/>.</param>
    /// <param name="offset">How much further these others begin, a constant.</param>
    public static ScoreTile Scores(HeadFragments rows, HeadPlaces others, int offset, ScoreTile scores)
    {
        scores = Scores(rows.F0, TensorCoreIntrinsics.LoadMatrices(others.P0, offset), scores);
        scores = Scores(rows.F1, TensorCoreIntrinsics.LoadMatrices(others.P1, offset), scores);
        scores = Scores(rows.F2, TensorCoreIntrinsics.LoadMatrices(others.P2, offset), scores);
        return Scores(rows.F3, TensorCoreIntrinsics.LoadMatrices(others.P3, offset), scores);
    }

    /// <summary>Weights of 16 others times their rows, in shared memory, added to what is there.</summary>
    /// <param name="others">By <see cref="RowPlace"/>.</param>
    /// <param name="offset">How much further these others begin, a constant.</param>
    public static HeadSums Accumulate(Quad weights, HeadPlaces others, int offset, HeadSums sums)
    {
        Quad columns = TensorCoreIntrinsics.LoadMatricesTransposed(others.P0, offset);
        sums.T0 = Multiply(weights, columns.R0, columns.R1, sums.T0);
        sums.T1 = Multiply(weights, columns.R2, columns.R3, sums.T1);
        columns = TensorCoreIntrinsics.LoadMatricesTransposed(others.P1, offset);
        sums.T2 = Multiply(weights, columns.R0, columns.R1, sums.T2);
        sums.T3 = Multiply(weights, columns.R2, columns.R3, sums.T3);
        columns = TensorCoreIntrinsics.LoadMatricesTransposed(others.P2, offset);
        sums.T4 = Multiply(weights, columns.R0, columns.R1, sums.T4);
        sums.T5 = Multiply(weights, columns.R2, columns.R3, sums.T5);
        columns = TensorCoreIntrinsics.LoadMatricesTransposed(others.P3, offset);
        sums.T6 = Multiply(weights, columns.R0, columns.R1, sums.T6);
        sums.T7 = Multiply(weights, columns.R2, columns.R3, sums.T7);
        return sums;
    }

    /// <summary>The warp lays its sums, rounded to bf16, into a tile of its own.</summary>
    public static void Write(int tile, HeadSums sums)
    {
        int row = Warp.LaneIdx >> 2, place = tile + Place(row, 0) + (2 * LaneColumn);
        Write(place, sums.T0);
        Write(place ^ 16, sums.T1);
        Write(place ^ 32, sums.T2);
        Write(place ^ 48, sums.T3);
        Write(place ^ 64, sums.T4);
        Write(place ^ 80, sums.T5);
        Write(place ^ 96, sums.T6);
        Write(place ^ 112, sums.T7);
    }

    /// <summary>The product of two pairs of bf16.</summary>
    public static float Dot(uint a, uint b) => (BFloat16.Low(a) * BFloat16.Low(b)) + (BFloat16.High(a) * BFloat16.High(b));

    /// <summary>The product of two eights of bf16.</summary>
    public static float Dot(Quad a, Quad b) => Dot(a.R0, b.R0) + Dot(a.R1, b.R1) + (Dot(a.R2, b.R2) + Dot(a.R3, b.R3));

    /// <summary>The sum of the four lanes that share rows, in each of them.</summary>
    public static float RowSum(float value)
    {
        value += Warp.ShuffleXor(value, 1);
        return value + Warp.ShuffleXor(value, 2);
    }

    /// <summary>The largest number of the four lanes that share rows, in each of them.</summary>
    public static float RowLargest(float value)
    {
        value = XMath.Max(value, Warp.ShuffleXor(value, 1));
        return XMath.Max(value, Warp.ShuffleXor(value, 2));
    }

    private static void Write(int place, Tile tile)
    {
        TensorCoreIntrinsics.StoreShared(place, TensorCoreIntrinsics.Pack(tile.C0, tile.C1));
        TensorCoreIntrinsics.StoreShared(place + (8 * RowBytes), TensorCoreIntrinsics.Pack(tile.C2, tile.C3));
    }

    private static ScoreTile Scores(Quad rows, Quad others, ScoreTile scores)
    {
        scores.T0 = Multiply(rows, others.R0, others.R1, scores.T0);
        scores.T1 = Multiply(rows, others.R2, others.R3, scores.T1);
        return scores;
    }

    private static Tile Multiply(Quad left, uint right0, uint right1, Tile sum) =>
        TensorCoreIntrinsics.Multiply(left, new Pair { R0 = right0, R1 = right1 }, sum);
}

/// <summary>A lane's addresses for ldmatrix in the four quarters of rows: 16 columns apart.</summary>
internal readonly struct HeadPlaces(int place)
{
    public int P0 { get; } = place;

    public int P1 { get; } = place ^ 32;

    public int P2 { get; } = place ^ 64;

    public int P3 { get; } = place ^ 96;
}
