using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.Attention;

/// <summary>The rows of one head of one image, 64 wide, in bf16.</summary>
/// <param name="data">All images' rows.</param>
/// <param name="at">Where the head's first row begins, plus the eight columns that this lane copies.</param>
/// <param name="stride">Elements between two rows' beginnings.</param>
/// <param name="rows">Rows of the image.</param>
internal readonly struct HeadMatrix(ArrayView<BFloat16> data, long at, int stride, int rows)
{
    public HeadMatrix(ArrayView<BFloat16> data, int stride, int image, int rows, int head)
        : this(data, ((long)image * rows * stride) + (head * TensorCoreHead.HeadDim) + (8 * TensorCoreHead.LaneChunk), stride, rows)
    {
    }

    /// <summary>Begins to copy the lane's chunk of a row to a shared address; zeros where there is no such row.</summary>
    public void Copy(int address, int row) =>
        TensorCoreIntrinsics.CopyAsync(address, ref data[at + ((long)row * stride)], row < rows ? 16 : 0);

    /// <summary>The lane's chunk of a row.</summary>
    public Quad LoadChunk(int row) => data.Cast<Quad>()[(at + ((long)row * stride)) >> 3];

    /// <summary>The warp begins to copy 16 rows.</summary>
    public void CopyTile(int tile, int firstRow)
    {
        int address = tile + TensorCoreHead.LanePlace, row = firstRow + TensorCoreHead.LaneRow;
        Copy(address, row);
        Copy((address + (4 * TensorCoreHead.RowBytes)) ^ 64, row + 4);
        Copy(address + (8 * TensorCoreHead.RowBytes), row + 8);
        Copy((address + (12 * TensorCoreHead.RowBytes)) ^ 64, row + 12);
    }

    /// <summary>The warp stores 16 rows from shared memory, those that there are.</summary>
    public void StoreTile(int tile, int firstRow)
    {
        int address = tile + TensorCoreHead.LanePlace, row = firstRow + TensorCoreHead.LaneRow;
        Store(address, row);
        Store((address + (4 * TensorCoreHead.RowBytes)) ^ 64, row + 4);
        Store(address + (8 * TensorCoreHead.RowBytes), row + 8);
        Store((address + (12 * TensorCoreHead.RowBytes)) ^ 64, row + 12);
    }

    private void Store(int address, int row)
    {
        if (row < rows)
        {
            // Eight bf16, as the bits of four words.
            data.Cast<Float4>()[(at + ((long)row * stride)) >> 3] = TensorCoreIntrinsics.LoadSharedFour(address);
        }
    }
}
