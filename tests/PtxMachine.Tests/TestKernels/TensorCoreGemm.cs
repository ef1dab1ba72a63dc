using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.PtxMachine.Tests.TestKernels;

/// <summary>
/// C = A Bᵀ of bf16 matrices with single-precision sums. Groups of 256 threads make 128 x 128 tiles of C; k goes in steps of 32 through a
/// ring of three stages in shared memory, filled by asynchronous copies. Rows of a stage have 64 bytes in four chunks of 16, stored
/// at chunk ^ (row / 2 mod 4), so that neither copies nor ldmatrix meet bank conflicts.
/// </summary>
internal static class TensorCoreGemm
{
    /// <summary>Threads of a group.</summary>
    public const int GroupSize = 256;

    /// <summary>Rows and columns of a group's tile of C.</summary>
    public const int TileSize = 128;

    private const int StepBytes = 64, MatrixBytes = TileSize * StepBytes, StageBytes = 2 * MatrixBytes, WordsPerStep = 16;

    /// <summary>The kernel. k must be a multiple of 32 and n of 128; m is free.</summary>
    /// <param name="a">[m, k] bf16, two in a word.</param>
    /// <param name="b">[n, k] bf16, two in a word.</param>
    /// <param name="c">[m, n].</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Rows of B, columns of C.</param>
    /// <param name="wordsPerRow">k / 2.</param>
    public static void Multiply(ArrayView<uint> a, ArrayView<uint> b, ArrayView<float> c, int m, int n, int wordsPerRow)
    {
        ArrayView<uint> memory = SharedMemory.Allocate<uint>(3 * StageBytes / sizeof(uint));
        int start = TensorCoreIntrinsics.SharedAddress(ref memory[0]);
        int warp = Group.IdxX >> 5, lane = Group.IdxX & 31;
        int warpRow = (warp & 1) * 64, warpColumn = (warp >> 1) * 32;
        int row0 = Grid.IdxY * TileSize, column0 = Grid.IdxX * TileSize;
        int steps = wordsPerRow / WordsPerStep;
        for (int stage = 0; stage < 2; stage++)
        {
            if (stage < steps) Load(start + stage * StageBytes, a, b, row0, column0, m, wordsPerRow, stage * WordsPerStep);
            TensorCoreIntrinsics.CommitCopies();
        }
        // Rows 16 apart have the same swizzle, so one offset serves all fragments of a warp.
        int aOffset = Swizzle(warpRow + (lane & 15), lane >> 4);
        int bOffset = MatrixBytes + Swizzle(warpColumn + (lane & 7) + ((lane >> 4) << 3), (lane >> 3) & 1);
        WarpTile sum = default;
        int read = 0, write = 2;
        for (int step = 0; step < steps; step++)
        {
            TensorCoreIntrinsics.AwaitCopiesButOne();
            Group.Barrier();
            if (step + 2 < steps) Load(start + write * StageBytes, a, b, row0, column0, m, wordsPerRow, (step + 2) * WordsPerStep);
            TensorCoreIntrinsics.CommitCopies();
            int stage = start + read * StageBytes;
            sum = Step(stage + aOffset, stage + bOffset, sum);
            // The second half of k lies two chunks further: one bit of the address.
            sum = Step(stage + (aOffset ^ 32), stage + (bOffset ^ 32), sum);
            read = read == 2 ? 0 : read + 1;
            write = write == 2 ? 0 : write + 1;
        }
        int row = row0 + warpRow + (lane >> 2), column = column0 + warpColumn + (lane & 3) * 2;
        Store(c, sum.R0, row, column, m, n);
        Store(c, sum.R1, row + 16, column, m, n);
        Store(c, sum.R2, row + 32, column, m, n);
        Store(c, sum.R3, row + 48, column, m, n);
    }

    private static int Swizzle(int row, int chunk) => row * StepBytes + ((chunk ^ ((row >> 1) & 3)) << 4);

    private static WarpTile Step(int a, int b, WarpTile sum)
    {
        RowFragments rows = default;
        rows.F0 = TensorCoreIntrinsics.LoadMatrices(a);
        rows.F1 = TensorCoreIntrinsics.LoadMatrices(a + 16 * StepBytes);
        rows.F2 = TensorCoreIntrinsics.LoadMatrices(a + 32 * StepBytes);
        rows.F3 = TensorCoreIntrinsics.LoadMatrices(a + 48 * StepBytes);
        ColumnFragments columns = default;
        columns.F0 = TensorCoreIntrinsics.LoadMatrices(b);
        columns.F1 = TensorCoreIntrinsics.LoadMatrices(b + 16 * StepBytes);
        return TensorCoreIntrinsics.MultiplyAccumulate(rows, columns, sum);
    }

    private static void Load(int stage, ArrayView<uint> a, ArrayView<uint> b, int row0, int column0, int m, int wordsPerRow, int word)
    {
        int row = Group.IdxX >> 2, chunk = Group.IdxX & 3;
        int at = word + chunk * 4;
        for (int half = 0; half < 2; half++)
        {
            int aRow = row0 + row, target = stage + Swizzle(row, chunk);
            TensorCoreIntrinsics.CopyAsync(target, ref a[IntrinsicMath.Min(aRow, m - 1) * wordsPerRow + at], aRow < m ? 16 : 0);
            TensorCoreIntrinsics.CopyAsync(target + MatrixBytes, ref b[(column0 + row) * wordsPerRow + at], 16);
            row += 64;
        }
    }

    private static void Store(ArrayView<float> c, TileRow tiles, int row, int column, int m, int n)
    {
        Store(c, tiles.T0, row, column, m, n);
        Store(c, tiles.T1, row, column + 8, m, n);
        Store(c, tiles.T2, row, column + 16, m, n);
        Store(c, tiles.T3, row, column + 24, m, n);
    }

    private static void Store(ArrayView<float> c, Tile tile, int row, int column, int m, int n)
    {
        if (row < m)
        {
            c[row * n + column] = tile.C0;
            c[row * n + column + 1] = tile.C1;
        }
        if (row + 8 < m)
        {
            c[(row + 8) * n + column] = tile.C2;
            c[(row + 8) * n + column + 1] = tile.C3;
        }
    }
}
