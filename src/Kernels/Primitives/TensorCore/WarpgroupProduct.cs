using ILGPU;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>
/// <see cref="TensorCoreProduct"/> by wgmma, which cards of compute capability 9.0 have alone: a group of two warpgroups makes 128 × 128
/// elements of C, a warpgroup 64 × 128. k goes in steps of 64 through a ring of three stages in shared memory, which asynchronous copies
/// fill two steps ahead and the tensor cores read themselves. Ragged edges are filled with zeros. It has no factors along k.
/// </summary>
/// <remarks>
/// Budget of a group: 256 threads, 97.25 KB of shared memory, at most 128 registers a thread, so that a multiprocessor holds two groups:
/// one waits for its products or copies while the other's run. docs/kernels/matmul.md derives it.
/// </remarks>
internal static class WarpgroupProduct
{
    public const int GroupSize = 256;
    public const int StepDepth = 64;

    /// <summary>Dynamic shared memory of a group: the ring, a matrix of ones, room to begin at a multiple of an atom.</summary>
    public const int SharedBytes = RingBytes + OnesBytes + WarpgroupTile.AtomBytes;

    private const int Stages = 3;
    private const int TileSize = TensorCoreProduct.TileSize;
    private const int TileBytes = TileSize * StepDepth * sizeof(ushort);
    private const int StageBytes = 2 * TileBytes;
    private const int RingBytes = Stages * StageBytes;
    private const int OnesBytes = 8 * 16 * sizeof(ushort);

    /// <summary>The group's tile of the product, the body of a kernel.</summary>
    /// <param name="partials">Where the parts' sums go when k is cut into several; else empty.</param>
    public static void Run<TLeft, TRight, TTarget>(TLeft left, TRight right, TTarget target, ProductShape shape, ArrayView<float> partials)
        where TLeft : struct, IProductSide<TLeft>
        where TRight : struct, IProductSide<TRight>
        where TTarget : struct, IProductTarget
    {
        ArrayView<uint> memory = SharedMemory.GetDynamic<uint>();
        int ring = (TensorCoreIntrinsics.SharedAddress(ref memory[0]) + WarpgroupTile.AtomBytes - 1) & ~(WarpgroupTile.AtomBytes - 1);
        int ones = ring + RingBytes;
        int firstRow = Grid.IdxY * TileSize, firstColumn = Grid.IdxX * TileSize;
        int first = Grid.IdxZ * shape.PartDepth, end = IntrinsicMath.Min(shape.Depth, first + shape.PartDepth);
        int steps = (end - first + StepDepth - 1) / StepDepth;
        int leftCopy = TensorCoreIntrinsics.Hold(ring + left.CopyOffset<WarpgroupTile>());
        int rightCopy = TensorCoreIntrinsics.Hold(ring + TileBytes + right.CopyOffset<WarpgroupTile>());
        left = left.Begin<WarpgroupTile>(firstRow, shape.Rows);
        right = right.Begin<WarpgroupTile>(firstColumn, shape.Columns);
        for (int step = 0; step < Stages - 1; step++)
        {
            if (step < steps)
            {
                int k = first + (step * StepDepth);
                left.Copy<WarpgroupTile>(leftCopy + (step * StageBytes), k, end);
                right.Copy<WarpgroupTile>(rightCopy + (step * StageBytes), k, end);
            }

            TensorCoreIntrinsics.CommitCopies();
        }

        bool sumsLines = target.TakesLineSums && Grid.IdxX == 0;
        if (target.TakesLineSums && Group.IdxX < OnesBytes / 16)
        {
            uint pair = TensorCoreProduct.Ones;
            TensorCoreIntrinsics.StoreShared(ones + (16 * Group.IdxX), new Quad { R0 = pair, R1 = pair, R2 = pair, R3 = pair });
        }

        int warpRow = Group.IdxX / CudaWarp.Lanes * 16;
        int leftTile = TensorCoreIntrinsics.Hold(ring + WarpgroupTile.LinesAt(left.IsTransposed, warpRow & ~63));
        WarpRows sum = default;
        Tile lineSums = default;
        int stage = 0, free = (Stages - 1) * StageBytes;
        for (int step = 0; step < steps; step++)
        {
            // The step's own copies have arrived, and both warpgroups are done with the stage that is filled next.
            TensorCoreIntrinsics.AwaitCopiesButOne();
            WarpgroupIntrinsics.ShowToProducts();
            Group.Barrier();
            long rows = WarpgroupTile.Matrix(left.IsTransposed, leftTile + stage);
            sum = WarpgroupIntrinsics.BeginProduct(rows, WarpgroupTile.Matrix(right.IsTransposed, ring + TileBytes + stage),
                left.IsTransposed, right.IsTransposed, sum);
            int ahead = step + Stages - 1;
            if (ahead < steps)
            {
                int k = first + (ahead * StepDepth);
                left.Copy<WarpgroupTile>(leftCopy + free, k, end);
                right.Copy<WarpgroupTile>(rightCopy + free, k, end);
            }

            TensorCoreIntrinsics.CommitCopies();
            if (sumsLines)
            {
                lineSums = WarpgroupIntrinsics.AddLineSums(rows, WarpgroupTile.Uniform(ones), left.IsTransposed, lineSums);
            }

            sum = WarpgroupIntrinsics.Await(sum);
            free = stage;
            stage = stage == RingBytes - StageBytes ? 0 : stage + StageBytes;
        }

        TensorCoreIntrinsics.AwaitCopies();
        Group.Barrier();
        ProductResult.Write(ring, warpRow, sum);
        Group.Barrier();
        ProductResult.Store(ring, GroupSize / CudaWarp.Lanes, target, shape, partials, firstRow, firstColumn);
        if (sumsLines)
        {
            ProductResult.StoreEqualColumns(lineSums, target, shape, partials, firstRow + warpRow);
        }
    }
}
