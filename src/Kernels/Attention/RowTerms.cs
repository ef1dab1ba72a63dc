using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.Attention;

/// <summary>
/// What backward needs of a query beside its rows: the log-sum-exp in bits (times log₂ e) and D = dO · O, side by side. They pass through
/// shared memory with the <see cref="HeadRing"/>'s blocks.
/// </summary>
/// <param name="at">Where the head's first query begins.</param>
/// <param name="memory">Shared address of the blocks.</param>
internal readonly struct RowTerms(ArrayView<float> data, long at, int queries, int memory)
{
    private const int BlockFloats = 2 * HeadRing.BlockRows;
    private const int BlockBytes = BlockFloats * sizeof(float);

    /// <summary>Shared memory for the terms of so many queries.</summary>
    public static int Bytes(int queries) => Math.Min(HeadRing.BlocksOf(queries), HeadRing.Stages) * BlockBytes;

    /// <summary>The group begins to copy a block; zeros behind the last query.</summary>
    public void Copy(int block)
    {
        for (int i = Group.IdxX; i < BlockFloats && block * HeadRing.BlockRows < queries; i += Group.DimX)
        {
            int from = (block * BlockFloats) + i;
            TensorCoreIntrinsics.CopyWordAsync(memory + (HeadRing.Stage(block) * BlockBytes) + (4 * i), ref data[at + from],
                from < 2 * queries ? sizeof(float) : 0);
        }
    }

    /// <summary>The terms of this lane's two columns, where a tile of scores has queries as columns.</summary>
    /// <param name="column">The tile's first column in the block.</param>
    public Float4 Load(int block, int column) => TensorCoreIntrinsics.LoadSharedFour(
        memory + (HeadRing.Stage(block) * BlockBytes) + (2 * sizeof(float) * (column + TensorCoreHead.LaneColumn)));
}
