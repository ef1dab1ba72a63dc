using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Counting;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>
/// wgmma: products of a warpgroup, four warps with 16 rows each, of matrices in shared memory. Each warp computes its own rows when it comes
/// to the instruction; that all four come is checked at the end.
/// </summary>
internal static unsafe class WarpgroupExecutors
{
    /// <summary>Flags of a product's mode: A or B is stored along m or n, the product is subtracted, the predicate is negated.</summary>
    public const int TransposedA = 1, TransposedB = 2, Subtracted = 4, NegatedPredicate = 8;

    /// <summary>
    /// D = A B + D, or A B where the predicate in C is false. A and B hold the matrices' descriptors, the list the registers of D: of
    /// eight columns four, laid out as mma's.
    /// </summary>
    [SkipLocalsInit]
    public static void MultiplyAccumulate<TElement>(Warp warp, Instruction* i, uint mask)
        where TElement : struct, IMatrixElement
    {
        ulong* descriptors = stackalloc ulong[] { warp.Lanes<ulong>(i->A)[0], warp.Lanes<ulong>(i->B)[0] };
        uint predicate = warp.Predicate(i->C) ^ ((i->Mode & NegatedPredicate) != 0 ? uint.MaxValue : 0);
        Align(warp, i, mask, descriptors[0], descriptors[1]);
        if (warp.Options.Checks) CheckUniform(warp, i, mask, descriptors, predicate & mask);
        bool isAdded = (predicate & mask) != 0;
        ReadOnlySpan<int> d = warp.Program.Lists.AsSpan(i->List, i->ListLength);
        AsyncProducts.Product product = warp.Products!.Begin(i, mask, d, isAdded);

        // The fragments of four 8x8 blocks: of A's 16 rows, or of B's next 16 columns.
        byte* storage = stackalloc byte[8 * 128 + 64];
        uint* fragmentA = (uint*)(((nint)storage + 63) & ~63), fragmentB = fragmentA + 4 * 32;
        MatrixDescriptor a = Descriptor(warp, i, descriptors[0], (i->Mode & TransposedA) == 0),
            b = Descriptor(warp, i, descriptors[1], (i->Mode & TransposedB) == 0);
        int rows = 2 * (warp.Index % 4);
        Load(warp, i, a, rows, 2, (i->Mode & TransposedA) != 0, product, fragmentA, isCounted: true);
        if ((i->Mode & Subtracted) != 0)
        {
            for (int word = 0; word < 4 * 32; word++) fragmentA[word] ^= 0x80008000;
        }
        // As mma has them: upper and lower rows of k 0-7, then of k 8-15; blocks come rows first, then along k.
        uint** registersA = stackalloc uint*[] { fragmentA, fragmentA + 32, fragmentA + 64, fragmentA + 96 }, registersB = stackalloc uint*[2];
        float** sums = stackalloc float*[4];
        for (int column = 0; column < i->ListLength / 4; column++)
        {
            if (column % 2 == 0)
            {
                int blocks = Math.Min(2, (i->ListLength / 4) - column);
                // The four tensor cores share one reading of B.
                Load(warp, i, b, column, blocks, (i->Mode & TransposedB) != 0, product, fragmentB, isCounted: warp.Index % 4 == 0);
                registersB[0] = fragmentB;
                registersB[1] = fragmentB + 32 * blocks;
            }
            else
            {
                registersB[0] += 32;
                registersB[1] += 32;
            }
            for (int register = 0; register < 4; register++)
            {
                sums[register] = warp.Lanes<float>(d[4 * column + register]);
                if (!isAdded) new Span<float>(sums[register], 32).Clear();
            }
            TensorCoreExecutors.Multiply<TElement>(2, registersA, registersB, sums, sums, mask);
        }
        warp.Products.Hide(product);
    }

    public static void Fence(Warp warp, Instruction* i, uint mask)
    {
        Align(warp, i, mask);
        warp.Products!.Fence();
    }

    public static void Commit(Warp warp, Instruction* i, uint mask)
    {
        Align(warp, i, mask);
        warp.Products!.Commit();
    }

    /// <summary>The mode is how many groups may stay under way.</summary>
    public static void Wait(Warp warp, Instruction* i, uint mask)
    {
        Align(warp, i, mask);
        warp.Products!.Wait(i, mask, i->Mode);
    }

    /// <summary>fence.proxy.async: what was written to shared memory may be read by products.</summary>
    public static void FenceProxy(Warp warp, Instruction* i, uint mask)
    {
        if (warp.Options.Checks) warp.Group.Shadow.FenceProxy(warp);
    }

    private static void Align(Warp warp, Instruction* i, uint mask, ulong first = 0, ulong second = 0)
    {
        if (warp.Options.Checks) warp.RequireWholeWarp(i, mask);
        warp.Products!.Follow(i, first, second);
    }

    private static void CheckUniform(Warp warp, Instruction* i, uint mask, ulong* descriptors, uint predicate)
    {
        bool isUniform = predicate == 0 || predicate == mask;
        for (int lane = 1; lane < 32; lane++)
        {
            if ((mask >> lane & 1) == 0) continue;
            isUniform &= warp.Lanes<ulong>(i->A)[lane] == descriptors[0] && warp.Lanes<ulong>(i->B)[lane] == descriptors[1];
        }
        if (!isUniform) warp.Report(FindingKind.PartialWarpgroup, i, 0, "lanes give different descriptors or predicates");
    }

    private static MatrixDescriptor Descriptor(Warp warp, Instruction* i, ulong bits, bool isKMajor)
    {
        MatrixDescriptor descriptor = new(bits, isKMajor);
        return descriptor.BaseOffset == 0 ? descriptor
            : throw warp.Program.Sources[i->Source].Error("a matrix with a base offset is not supported");
    }

    // Blocks along m or n from `line` on, both of k after one another, into one register each.
    private static void Load(Warp warp, Instruction* i, MatrixDescriptor matrix, int line, int lines, bool isTransposed,
        AsyncProducts.Product product, uint* fragment, bool isCounted)
    {
        ulong* address = stackalloc ulong[32];
        new Span<ulong>(address, 32).Clear();
        for (int block = 0; block < 2 * lines; block++) matrix.BlockAddresses(line + block % lines, block / lines, address + 8 * block);
        uint chunks = lines == 2 ? uint.MaxValue : 0xFFFF;
        if (warp.Options.Counts && isCounted) BankCounter.Count(warp, i, chunks, address, 16);
        bool contiguous = false;
        uint sound = SharedAccess.Resolve(warp, i, chunks, address, 16, AccessKind.AsynchronousRead, ref contiguous);
        for (int chunk = 0; chunk < 16 * lines; chunk++)
        {
            bool isSound = (sound >> chunk & 1) != 0;
            (isSound ? Vector128.Load((byte*)address[chunk]) : Vector128<byte>.Zero).Store((byte*)fragment + 16 * chunk);
            if (isSound) product.Chunks.Add((int)((byte*)address[chunk] - warp.Group.Shared));
        }
        for (int block = 0; block < 2 * lines && isTransposed; block++) MatrixExecutors.Transpose((ushort*)(fragment + 32 * block));
    }
}
