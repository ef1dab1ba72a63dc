namespace DoRA.Kernels.Primitives;

/// <summary>
/// <c>C[i, j] = Σ_k left(i, k) · right(j, k)</c> on all threads, in three levels: register tiles (<see cref="Tile{L, V}"/>); blocks of one
/// side, packed by the thread that works on them so that they lie in its level-2 cache; and the other, smaller side, packed once for all.
/// Each tile's sum is formed in the same order whatever the threads, so the result does not depend on them.
/// </summary>
internal static unsafe class MatrixProduct<L, V> where L : ILanes<V> where V : struct
{
    // One share of k: a right panel of 32 lines is then 96 KiB, and stays in the level-2 cache beside the block.
    private const int DepthBlock = 768;

    // Floats of a packed block of the local side, 256 KiB; and of the shared side, 4 MiB at most, which two threads' level-2 caches and some of the third hold.
    private const int BlockFloats = 1 << 16;
    private const int SharedFloats = 1 << 20;

    // Packing keeps a few words for each line of a block on the stack.
    private const int BlockLines = 1024;

    public static void Run<TLeft, TRight, TTarget>(CpuThreads threads, TLeft left, TRight right, TTarget target, int rows, int columns, int depth)
        where TLeft : struct, IOperand
        where TRight : struct, IOperand
        where TTarget : struct, ITileTarget
    {
        int leftPanels = Ceiling(rows, Tile<L, V>.Rows), rightPanels = Ceiling(columns, Tile<L, V>.Columns);
        bool shareLeft = rows < columns;
        int sharedWidth = shareLeft ? leftPanels * Tile<L, V>.Rows : rightPanels * Tile<L, V>.Columns;
        int slab = Math.Min(depth, Math.Max(1, SharedFloats / sharedWidth / DepthBlock) * DepthBlock);
        int depthBlock = Ceiling(slab, Ceiling(slab, DepthBlock));

        int panels = shareLeft ? rightPanels : leftPanels;
        int panelWidth = shareLeft ? Tile<L, V>.Columns : Tile<L, V>.Rows;
        int panelsPerPart = Math.Clamp(Math.Min(BlockFloats / depthBlock, BlockLines) / panelWidth, 1, Math.Max(1, panels / (4 * threads.Count)));

        long sharedFloats = Aligned((long)sharedWidth * slab) + L.Count;
        long workerFloats = Aligned(((long)panelsPerPart * panelWidth * depthBlock) + (Tile<L, V>.Rows * (Tile<L, V>.Columns + depthBlock)) + (2 * L.Count));
        float* scratch = threads.Scratch(sharedFloats + (threads.Count * workerFloats));

        for (int start = 0; start < depth; start += slab)
        {
            threads.Run(new ProductWork<L, V, TLeft, TRight, TTarget>
            {
                Left = left,
                Right = right,
                Target = target,
                Rows = rows,
                Columns = columns,
                Start = start,
                End = Math.Min(depth, start + slab),
                Depth = depth,
                DepthBlock = depthBlock,
                ShareLeft = shareLeft,
                Panels = panels,
                PanelsPerPart = panelsPerPart,
                SharedPanels = shareLeft ? leftPanels : rightPanels,
                Shared = scratch,
                Slab = slab,
                Workers = scratch + sharedFloats,
                WorkerFloats = workerFloats,
            });
        }
    }

    private static int Ceiling(int a, int b) => (a + b - 1) / b;

    private static long Aligned(long floats) => (floats + 15) / 16 * 16;
}
