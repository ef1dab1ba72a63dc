using ILGPU;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>
/// A group's finished tile on its way to memory. Accumulators lie in the lanes as mma leaves them, two neighbours of a row; through shared
/// memory (the ring, which is free by then) each lane gets four neighbours and a warp whole rows, so that global memory is met in full
/// sectors and the epilogue's code is there once.
/// </summary>
/// <remarks>A row has 512 bytes; pair p of row r lies at place p ^ 4 (r mod 4), so that neither stores nor loads meet bank
/// conflicts.</remarks>
internal static class ProductResult
{
    private const int RowBytes = TensorCoreProduct.TileSize * sizeof(float);

    /// <summary>Rows that a warp stores together.</summary>
    private const int Together = 4;

    public static void Write(int memory, int warpRow, int warpColumn, Accumulators sum)
    {
        int row = Warp.LaneIdx >> 2, pair = (warpColumn / 2) + ((row & 3) << 2) + (Warp.LaneIdx & 3);
        int address = memory + ((warpRow + row) * RowBytes), at = pair * 8;
        WriteRow(address, at, sum.Left.R0, sum.Right.R0);
        WriteRow(address + (16 * RowBytes), at, sum.Left.R1, sum.Right.R1);
        WriteRow(address + (32 * RowBytes), at, sum.Left.R2, sum.Right.R2);
        WriteRow(address + (48 * RowBytes), at, sum.Left.R3, sum.Right.R3);
    }

    /// <summary>A warp's 16 rows of a warpgroup's product.</summary>
    public static void Write(int memory, int warpRow, WarpRows sum)
    {
        int row = Warp.LaneIdx >> 2, at = (((row & 3) << 2) + (Warp.LaneIdx & 3)) * 8;
        int address = memory + ((warpRow + row) * RowBytes);
        WriteRow(address, at, sum.C0, sum.C1);
        WriteRow(address + (RowBytes / 2), at, sum.C2, sum.C3);
    }

    /// <param name="warps">A constant: how many the group has, a multiple of 4.</param>
    public static void Store<TTarget>(int memory, int warps, TTarget target, ProductShape shape, ArrayView<float> partials,
        int firstRow, int firstColumn)
        where TTarget : struct, IProductTarget
    {
        int warp = Group.IdxX / CudaWarp.Lanes, lane = Warp.LaneIdx, column = firstColumn + (4 * lane), count = shape.Columns - column;
        if (count <= 0)
        {
            return;
        }

        // A warp's rows are a multiple of four apart, so their permutation is the same.
        int address = memory + ((lane ^ (2 * (warp & 3))) << 4);
        int last = IntrinsicMath.Min(TensorCoreProduct.TileSize, shape.Rows - firstRow);
        if (partials.Length > 0)
        {
            long fours = shape.RowFours, part = (long)Grid.IdxZ * shape.Rows;
            for (int row = warp; row < last; row += warps)
            {
                partials.Cast<Float4>()[((part + firstRow + row) * fours) + (column >> 2)] = Load(address, row);
            }

            return;
        }

        ColumnTerms columns = target.Columns(column, count);
        for (int row = warp; row < last; row += Together * warps)
        {
            int row0 = firstRow + row, row1 = row0 + warps, row2 = row1 + warps, row3 = row2 + warps;
            bool has1 = row1 < shape.Rows, has2 = row2 < shape.Rows, has3 = row3 < shape.Rows;
            Float4 fetched0 = target.Fetch(row0, column, count);
            Float4 fetched1 = has1 ? target.Fetch(row1, column, count) : default;
            Float4 fetched2 = has2 ? target.Fetch(row2, column, count) : default;
            Float4 fetched3 = has3 ? target.Fetch(row3, column, count) : default;
            target.Store(row0, column, count, Load(address, row), fetched0, columns);
            if (has1)
            {
                target.Store(row1, column, count, Load(address, row + warps), fetched1, columns);
            }

            if (has2)
            {
                target.Store(row2, column, count, Load(address, row + (2 * warps)), fetched2, columns);
            }

            if (has3)
            {
                target.Store(row3, column, count, Load(address, row + (3 * warps)), fetched3, columns);
            }
        }
    }

    /// <summary>Column j of the tile holds the sums of rows 16 j to 16 j + 15.</summary>
    public static void StoreLineSums<TTarget>(Tile sums, TTarget target, ProductShape shape, ArrayView<float> partials,
        int firstRow)
        where TTarget : struct, IProductTarget
    {
        int pair = Warp.LaneIdx & 3, row = firstRow + (32 * pair) + (Warp.LaneIdx >> 2);
        if (pair < 2)
        {
            StoreLineSum(sums.C0, row, target, shape, partials);
            StoreLineSum(sums.C2, row + 8, target, shape, partials);
            StoreLineSum(sums.C1, row + 16, target, shape, partials);
            StoreLineSum(sums.C3, row + 24, target, shape, partials);
        }
    }

    /// <summary>All columns of the tile hold the sums of 16 rows.</summary>
    public static void StoreEqualColumns<TTarget>(Tile sums, TTarget target, ProductShape shape, ArrayView<float> partials, int firstRow)
        where TTarget : struct, IProductTarget
    {
        int row = firstRow + (Warp.LaneIdx >> 2);
        if ((Warp.LaneIdx & 3) == 0)
        {
            StoreLineSum(sums.C0, row, target, shape, partials);
            StoreLineSum(sums.C2, row + 8, target, shape, partials);
        }
    }

    private static void StoreLineSum<TTarget>(float sum, int row, TTarget target, ProductShape shape, ArrayView<float> partials)
        where TTarget : struct, IProductTarget
    {
        if (row >= shape.Rows)
        {
            return;
        }

        if (partials.Length > 0)
        {
            partials[shape.LineSumsAt + ((long)Grid.IdxZ * shape.Rows) + row] = sum;
        }
        else
        {
            target.StoreLineSum(row, sum);
        }
    }

    private static void WriteRow(int address, int at, TileRow left, TileRow right)
    {
        WriteTile(address + at, left.T0);
        WriteTile(address + (at ^ 32), left.T1);
        WriteTile(address + (at ^ 64), left.T2);
        WriteTile(address + (at ^ 96), left.T3);
        WriteTile(address + (at ^ 128), right.T0);
        WriteTile(address + (at ^ 160), right.T1);
        WriteTile(address + (at ^ 192), right.T2);
        WriteTile(address + (at ^ 224), right.T3);
    }

    private static void WriteTile(int address, Tile tile)
    {
        TensorCoreIntrinsics.StoreSharedPair(address, tile.C0, tile.C1);
        TensorCoreIntrinsics.StoreSharedPair(address + (8 * RowBytes), tile.C2, tile.C3);
    }

    private static Float4 Load(int address, int row) => TensorCoreIntrinsics.LoadSharedFour(address + (row * RowBytes));
}
