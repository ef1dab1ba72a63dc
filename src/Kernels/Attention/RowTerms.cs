using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.Attention;

/// <summary>
/// What backward needs of a query beside its rows: −logSumExp in bits (times log₂ e) and −D = −dO · O, side by side. They pass through
/// shared memory with the <see cref="HeadRing"/>'s blocks.
/// </summary>
/// <param name="at">Where the head's first query is.</param>
/// <param name="memory">Shared address of the blocks.</param>
internal readonly struct RowTerms(ArrayView<Float2> data, long at, int queries, int memory)
{
    private const int BlockBytes = HeadRing.BlockRows * 2 * sizeof(float);

    /// <summary>Shared memory for the terms of so many queries.</summary>
    public static int Bytes(int queries) => Math.Min(HeadRing.BlocksOf(queries), HeadRing.Stages) * BlockBytes;

    /// <summary>The group begins to copy a block, a lane of its first warp for each query; zeros behind the last one.</summary>
    public void Copy(int block)
    {
        int query = (block * HeadRing.BlockRows) + Group.IdxX;
        if (Group.IdxX < HeadRing.BlockRows && block * HeadRing.BlockRows < queries)
        {
            TensorCoreIntrinsics.CopyPairAsync(memory + (HeadRing.Stage(block) * BlockBytes) + (Group.IdxX * 2 * sizeof(float)),
                ref data[at + query], query < queries ? 2 * sizeof(float) : 0);
        }
    }

    /// <summary>Where in a block the terms of this lane's two columns lie, where tiles of scores have queries as columns.</summary>
    public int Address(int block) => memory + (HeadRing.Stage(block) * BlockBytes) + (2 * sizeof(float) * TensorCoreHead.LaneColumn);

    /// <summary>The terms of this lane's columns in a tile.</summary>
    /// <param name="address">The block's <see cref="Address"/>.</param>
    /// <param name="column">The tile's first column.</param>
    public static Float4 Load(int address, int column) => TensorCoreIntrinsics.LoadSharedFour(address + (2 * sizeof(float) * column));
}
