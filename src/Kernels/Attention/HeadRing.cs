using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.Attention;

/// <summary>
/// Two matrices of a head on their way through a group's shared memory, 32 rows of each at a time, by asynchronous copies that run three
/// blocks ahead. A block's rows of the first matrix lie before those of the second.
/// </summary>
/// <param name="memory">Shared address of the ring.</param>
/// <param name="lanePlace">The same plus <see cref="TensorCoreHead.LanePlace"/>.</param>
internal readonly struct HeadRing(HeadMatrix first, HeadMatrix second, int memory, int lanePlace, int blocks)
{
    public const int BlockRows = 32;

    /// <summary>Bytes of a block's rows of one matrix.</summary>
    public const int MatrixBytes = BlockRows * TensorCoreHead.RowBytes;

    /// <summary>Blocks in shared memory at the same time.</summary>
    public const int Stages = 4;

    /// <summary>How many blocks copies run ahead.</summary>
    public const int Ahead = Stages - 1;

    private const int Eights = BlockRows / 8;
    private const int StageBytes = 2 * MatrixBytes;

    public HeadRing(HeadMatrix first, HeadMatrix second, int memory, int rows)
        : this(first, second, memory, TensorCoreIntrinsics.Hold(memory + TensorCoreHead.LanePlace), BlocksOf(rows))
    {
    }

    public int Blocks => blocks;

    /// <summary>Blocks of so many rows.</summary>
    public static int BlocksOf(int rows) => (rows + BlockRows - 1) / BlockRows;

    /// <summary>Shared memory for a ring that so many rows pass through.</summary>
    public static int Bytes(int rows) => Math.Min(BlocksOf(rows), Stages) * StageBytes;

    /// <summary>A block's place among those that are in shared memory at the same time.</summary>
    public static int Stage(int block) => block & (Stages - 1);

    /// <summary>Waits until a block's copies have arrived, where those of two later ones have been begun, and until all warps are done
    /// with the block before. All threads of the group must come here.</summary>
    public static void Await()
    {
        TensorCoreIntrinsics.AwaitCopiesButTwo();
        Group.Barrier();
    }

    /// <summary>Begins to copy the first blocks, and waits for what the warp copied for itself before.</summary>
    public void Begin()
    {
        for (int block = 0; block < Ahead; block++)
        {
            Copy(block);
            TensorCoreIntrinsics.CommitCopies();
        }

        TensorCoreIntrinsics.AwaitCopiesButTwo();
        Warp.Barrier();
    }

    /// <summary>A block's shared address.</summary>
    public int Address(int block) => memory + (Stage(block) * StageBytes);

    /// <summary>The group begins to copy a block, where there is such a one: its warps share out both matrices by eights of rows.</summary>
    public void Copy(int block)
    {
        if (block >= blocks)
        {
            return;
        }

        int place = lanePlace + (Stage(block) * StageBytes);
        for (int eight = Group.IdxX / CudaWarp.Lanes; eight < 2 * Eights; eight += Group.DimX / CudaWarp.Lanes)
        {
            int address = place + (eight * 8 * TensorCoreHead.RowBytes);
            if (eight < Eights)
            {
                first.CopyEight(address, (block * BlockRows) + (8 * eight));
            }
            else
            {
                second.CopyEight(address, (block * BlockRows) + (8 * (eight - Eights)));
            }
        }
    }
}
