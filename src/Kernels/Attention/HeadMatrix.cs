using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.Attention;

/// <summary>The rows of one head of one image, 64 wide, in bf16.</summary>
/// <param name="data">All images' rows.</param>
/// <param name="at">Where this lane's chunk begins in row <see cref="TensorCoreHead.LaneRow"/>.</param>
/// <param name="stride">Elements between two rows' beginnings.</param>
/// <param name="rows">How many rows there are from this lane's on.</param>
internal readonly struct HeadMatrix(ArrayView<BFloat16> data, long at, int stride, int rows)
{
    public HeadMatrix(ArrayView<BFloat16> data, int stride, int image, int rows, int head)
        : this(
            data,
            TensorCoreIntrinsics.Hold(((((long)image * rows) + TensorCoreHead.LaneRow) * stride) + (head * TensorCoreHead.HeadDim)
                + (8 * TensorCoreHead.LaneChunk)),
            stride,
            TensorCoreIntrinsics.Hold(rows - TensorCoreHead.LaneRow))
    {
    }

    /// <summary>The lane's chunk of its row, or of one so many rows further.</summary>
    public Quad LoadChunk(int row) => data.Cast<Quad>()[(at + ((long)row * stride)) >> 3];

    /// <summary>The warp begins to copy 16 rows.</summary>
    public void CopyTile(int tile, int firstRow)
    {
        CopyEight(tile + TensorCoreHead.LanePlace, firstRow);
        CopyEight(tile + TensorCoreHead.LanePlace + (8 * TensorCoreHead.RowBytes), firstRow + 8);
    }

    /// <summary>The warp begins to copy eight rows; zeros where there is none.</summary>
    /// <param name="address">Where the eight rows begin, plus <see cref="TensorCoreHead.LanePlace"/>.</param>
    public void CopyEight(int address, int row)
    {
        long from = at + ((long)row * stride);
        TensorCoreIntrinsics.CopyAsync(address, ref data[from], row < rows ? 16 : 0);
        TensorCoreIntrinsics.CopyAsync(TensorCoreHead.FourFurther(address), ref data[from + (4 * stride)], row + 4 < rows ? 16 : 0);
    }

    /// <summary>The warp stores 16 rows from shared memory, those that there are.</summary>
    public void StoreTile(int tile, int firstRow)
    {
        StoreEight(tile + TensorCoreHead.LanePlace, firstRow);
        StoreEight(tile + TensorCoreHead.LanePlace + (8 * TensorCoreHead.RowBytes), firstRow + 8);
    }

    private void StoreEight(int address, int row)
    {
        long to = at + ((long)row * stride);
        if (row < rows)
        {
            Store(address, to);
        }

        if (row + 4 < rows)
        {
            Store(TensorCoreHead.FourFurther(address), to + (4 * stride));
        }
    }

    /// <summary>Stores eight bf16, as the bits of four words.</summary>
    private void Store(int address, long to) => data.Cast<Float4>()[to >> 3] = TensorCoreIntrinsics.LoadSharedFour(address);
}
