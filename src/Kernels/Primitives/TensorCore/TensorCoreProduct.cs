using ILGPU;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>
/// <c>C[i, j] = Σ_k left(i, k) right(j, k)</c> of bf16 with sums in float32, on tensor cores. A group of four warps makes 128 × 128
/// elements of C, a warp 64 × 64. k goes in steps of 32 through a ring of four stages in shared memory, which asynchronous copies
/// fill three steps ahead. Ragged edges are filled with zeros.
/// </summary>
/// <remarks>
/// Budget of a group: 128 threads, 64.5 KB of shared memory (four stages and their factors along k), at most 168 registers a thread, so
/// that a multiprocessor of an H100 or H200 holds three groups. docs/kernels/matmul.md derives it.
/// </remarks>
internal static class TensorCoreProduct
{
    public const int GroupSize = 128;
    public const int TileSize = 128;
    public const int StepDepth = 32;

    /// <summary>Dynamic shared memory of a group: the ring, each stage's factors along k, room to begin at a multiple of 32.</summary>
    public const int SharedBytes = (Stages * (StageBytes + ScaleBytes)) + 32;

    /// <summary>Threads of a group that adds up parts.</summary>
    public const int SumGroupSize = 256;

    /// <summary>Two ones in bf16.</summary>
    public const uint Ones = 0x3f803f80;

    private const int Stages = 4;
    private const int WarpSize = TileSize / 2;
    private const int TileBytes = TileSize * StepDepth * sizeof(ushort);
    private const int StageBytes = 2 * TileBytes;
    private const int ScaleBytes = StepDepth * sizeof(float);

    /// <summary>The group's tile of the product, the body of a kernel.</summary>
    /// <param name="partials">Where the parts' sums go when k is cut into several; else empty.</param>
    public static void Run<TLeft, TRight, TScale, TTarget>(TLeft left, TRight right, TScale scale, TTarget target,
        ProductShape shape, ArrayView<float> partials)
        where TLeft : struct, IProductSide<TLeft>
        where TRight : struct, IProductSide<TRight>
        where TScale : struct, IDepthScale<TScale>
        where TTarget : struct, IProductTarget
    {
        ArrayView<uint> memory = SharedMemory.GetDynamic<uint>();
        int ring = (TensorCoreIntrinsics.SharedAddress(ref memory[0]) + 31) & ~31, scales = ring + (Stages * StageBytes);
        int firstRow = Grid.IdxY * TileSize, firstColumn = Grid.IdxX * TileSize;
        int first = Grid.IdxZ * shape.PartDepth, end = IntrinsicMath.Min(shape.Depth, first + shape.PartDepth);
        int steps = (end - first + StepDepth - 1) / StepDepth;
        int leftCopy = TensorCoreIntrinsics.Hold(ring + left.CopyOffset<FragmentTile>());
        int rightCopy = TensorCoreIntrinsics.Hold(ring + TileBytes + right.CopyOffset<FragmentTile>());
        left = left.Begin<FragmentTile>(firstRow, shape.Rows);
        right = right.Begin<FragmentTile>(firstColumn, shape.Columns);
        for (int step = 0; step < Stages - 1; step++)
        {
            if (step < steps)
            {
                int k = first + (step * StepDepth);
                left.Copy<FragmentTile>(leftCopy + (step * StageBytes), k, end);
                right.Copy<FragmentTile>(rightCopy + (step * StageBytes), k, end);
                scale.Copy(scales + (step * ScaleBytes), k, end);
            }

            TensorCoreIntrinsics.CommitCopies();
        }

        int lane = Warp.LaneIdx, warp = Group.IdxX / CudaWarp.Lanes, warpRow = (warp & 1) * WarpSize, warpColumn = (warp >> 1) * WarpSize;
        FragmentTile tile = default;
        int leftOffset = TensorCoreIntrinsics.Hold(tile.FragmentOffset(left.IsTransposed, warpRow, (lane >> 3) & 1, lane >> 4));
        int rightOffset = TensorCoreIntrinsics.Hold(
            TileBytes + tile.FragmentOffset(right.IsTransposed, warpColumn, lane >> 4, (lane >> 3) & 1));
        bool sumsLines = target.TakesLineSums && Grid.IdxX == 0 && warpColumn == 0;
        Accumulators sum = default;
        for (int step = 0; step < steps; step++)
        {
            // The step's own copies have arrived, and all warps are done with the stage that is filled next.
            TensorCoreIntrinsics.AwaitCopiesButTwo();
            Group.Barrier();
            int ahead = step + Stages - 1;
            if (ahead < steps)
            {
                int k = first + (ahead * StepDepth), free = (ahead & (Stages - 1)) * StageBytes;
                left.Copy<FragmentTile>(leftCopy + free, k, end);
                right.Copy<FragmentTile>(rightCopy + free, k, end);
                scale.Copy(scales + ((ahead & (Stages - 1)) * ScaleBytes), k, end);
            }

            TensorCoreIntrinsics.CommitCopies();
            int stage = step & (Stages - 1), tiles = ring + (stage * StageBytes), factors = scales + (stage * ScaleBytes);
            // Written out: a loop nested in this one costs moves of all accumulators.
            sum = MultiplyHalf(left, right, scale, tiles, leftOffset, rightOffset, factors, 0, sumsLines, sum);
            sum = MultiplyHalf(left, right, scale, tiles, leftOffset, rightOffset, factors + (ScaleBytes / 2), 1, sumsLines, sum);
        }

        TensorCoreIntrinsics.AwaitCopies();
        Group.Barrier();
        ProductResult.Write(ring, warpRow, warpColumn, sum);
        Group.Barrier();
        ProductResult.Store(ring, GroupSize / CudaWarp.Lanes, target, shape, partials, firstRow, firstColumn);
        if (sumsLines)
        {
            ProductResult.StoreLineSums(sum.LineSums, target, shape, partials, firstRow + warpRow);
        }
    }

    /// <summary>Adds up the parts of a product that was cut along k, in order: one thread for four elements.</summary>
    public static void Sum<TTarget>(TTarget target, ProductShape shape, ArrayView<float> partials)
        where TTarget : struct, IProductTarget
    {
        long item = ((long)Grid.IdxX * SumGroupSize) + Group.IdxX;
        int fours = shape.RowFours, parts = shape.Parts;
        long all = (long)shape.Rows * fours;
        if (item >= all)
        {
            return;
        }

        int row = (int)(item / fours), column = (int)(item % fours) * 4, count = shape.Columns - column;
        Float4 sum = default;
        for (int part = 0; part < parts; part++)
        {
            sum += partials.Cast<Float4>()[(part * all) + item];
        }

        target.Store(row, column, count, sum, target.Fetch(row, column, count), target.Columns(column, count));
        if (target.TakesLineSums && column == 0)
        {
            float lineSum = 0;
            for (int part = 0; part < parts; part++)
            {
                lineSum += partials[shape.LineSumsAt + ((long)part * shape.Rows) + row];
            }

            target.StoreLineSum(row, lineSum);
        }
    }

    /// <summary>Half a step: 16 elements of k.</summary>
    private static Accumulators MultiplyHalf<TLeft, TRight, TScale>(TLeft left, TRight right, TScale scale, int tiles, int leftOffset,
        int rightOffset, int factors, int half, bool sumsLines, Accumulators sum)
        where TLeft : struct, IProductSide<TLeft>
        where TRight : struct, IProductSide<TRight>
        where TScale : struct, IDepthScale<TScale>
    {
        RowFragments rows = default;
        rows.F0 = FragmentTile.Fragment(left.IsTransposed, tiles, leftOffset, 0, half);
        rows.F1 = FragmentTile.Fragment(left.IsTransposed, tiles, leftOffset, 1, half);
        rows.F2 = FragmentTile.Fragment(left.IsTransposed, tiles, leftOffset, 2, half);
        rows.F3 = FragmentTile.Fragment(left.IsTransposed, tiles, leftOffset, 3, half);
        rows = scale.Apply(rows, factors);
        ColumnFragments columns = default;
        columns.F0 = FragmentTile.Fragment(right.IsTransposed, tiles, rightOffset, 0, half);
        columns.F1 = FragmentTile.Fragment(right.IsTransposed, tiles, rightOffset, 1, half);
        sum.Left = TensorCoreIntrinsics.MultiplyAccumulate(rows, columns, sum.Left);
        columns.F0 = FragmentTile.Fragment(right.IsTransposed, tiles, rightOffset, 2, half);
        columns.F1 = FragmentTile.Fragment(right.IsTransposed, tiles, rightOffset, 3, half);
        sum.Right = TensorCoreIntrinsics.MultiplyAccumulate(rows, columns, sum.Right);
        if (sumsLines)
        {
            // A product with ones in column j alone leaves fragment j's sums in column j.
            int column = Warp.LaneIdx >> 2;
            sum.LineSums = TensorCoreIntrinsics.Multiply(rows.F0, Column(column == 0), sum.LineSums);
            sum.LineSums = TensorCoreIntrinsics.Multiply(rows.F1, Column(column == 1), sum.LineSums);
            sum.LineSums = TensorCoreIntrinsics.Multiply(rows.F2, Column(column == 2), sum.LineSums);
            sum.LineSums = TensorCoreIntrinsics.Multiply(rows.F3, Column(column == 3), sum.LineSums);
        }

        return sum;
    }

    private static Pair Column(bool isMine)
    {
        uint ones = isMine ? Ones : 0u;
        return new() { R0 = ones, R1 = ones };
    }
}
