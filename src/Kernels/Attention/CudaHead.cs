using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.Attention;

/// <summary>What the attention kernels do with the rows of one head in shared memory.</summary>
internal static class CudaHead
{
    /// <summary>Rows of a tile: one a lane.</summary>
    public const int TileRows = CudaWarp.Lanes;

    /// <summary>Distance of two rows of a tile whose lanes each read their own row: 32 rows meet 32 banks.</summary>
    public static int Stride(int headDim) => headDim | 1;

    /// <summary>The whole group copies 32 rows of a head, times a factor; rows from <paramref name="rows"/> on are zeros.</summary>
    /// <param name="at">Where the tile's first row begins in <paramref name="data"/>.</param>
    public static void LoadTile<T>(ArrayView<float> tile, ArrayView<T> data, long at, int stride, int rows, int headDim, float factor)
        where T : unmanaged, ICudaElement<T>
    {
        for (int i = Group.IdxX; i < TileRows * headDim; i += Group.DimX)
        {
            int row = i / headDim, column = i % headDim;
            tile[(row * Stride(headDim)) + column] = row < rows ? data[at + ((long)row * stride) + column].Value * factor : 0f;
        }
    }

    /// <summary>A warp copies its own row, times a factor; zeros where it has none.</summary>
    public static void LoadRow<T>(ArrayView<float> row, ArrayView<T> data, long at, bool exists, int headDim, float factor)
        where T : unmanaged, ICudaElement<T>
    {
        for (int i = Warp.LaneIdx; i < headDim; i += CudaWarp.Lanes)
        {
            row[i] = exists ? data[at + i].Value * factor : 0f;
        }
    }

    public static void ClearRow(ArrayView<float> row, int headDim)
    {
        for (int i = Warp.LaneIdx; i < headDim; i += CudaWarp.Lanes)
        {
            row[i] = 0;
        }
    }

    /// <summary>The product of the warp's row with the lane's row of the tile.</summary>
    public static float Dot(ArrayView<float> row, ArrayView<float> tile, int headDim)
    {
        int at = Warp.LaneIdx * Stride(headDim);
        float sum = 0;
        for (int i = 0; i < headDim; i++)
        {
            sum += row[i] * tile[at + i];
        }

        return sum;
    }

    /// <summary><c>sums ← shrink · sums + Σ_lanes weight_lane tile_lane</c>; a lane owns columns of the sums.</summary>
    public static void Accumulate(ArrayView<float> sums, ArrayView<float> tile, float weight, float shrink, int headDim)
    {
        for (int first = 0; first < headDim; first += CudaWarp.Lanes)
        {
            // Lanes beyond the head's width read its last column, so that all take part in the shuffles.
            int column = IntrinsicMath.Min(first + Warp.LaneIdx, headDim - 1);
            float sum = sums[column] * shrink;
            for (int row = 0; row < TileRows; row++)
            {
                sum += Warp.Shuffle(weight, row) * tile[(row * Stride(headDim)) + column];
            }

            // They also read what the last column's owner is about to write.
            Warp.Barrier();
            if (first + Warp.LaneIdx < headDim)
            {
                sums[column] = sum;
            }
        }
    }

    /// <summary>A warp stores its row's sums times a factor.</summary>
    public static void StoreRow<T>(ArrayView<T> data, long at, ArrayView<float> sums, int headDim, float factor)
        where T : unmanaged, ICudaElement<T>
    {
        for (int i = Warp.LaneIdx; i < headDim; i += CudaWarp.Lanes)
        {
            data[at + i] = default(T).Of(sums[i] * factor);
        }
    }
}
