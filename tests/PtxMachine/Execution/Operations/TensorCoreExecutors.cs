using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>How mma takes elements out of a 32-bit register.</summary>
internal interface IMatrixElement
{
    /// <summary>Elements in a register.</summary>
    static abstract int PerRegister { get; }

    /// <summary>Element number <paramref name="e"/> of every lane's register.</summary>
    static abstract Vector512<float> Element(Vector512<uint> register, int e);
}

internal readonly struct BFloat16Element : IMatrixElement
{
    public static int PerRegister => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Element(Vector512<uint> register, int e) =>
        e == 0 ? (register << 16).AsSingle() : (register & Vector512.Create(0xFFFF0000u)).AsSingle();
}

internal readonly struct HalfElement : IMatrixElement
{
    public static int PerRegister => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Element(Vector512<uint> register, int e) =>
        HalfFormat.Expand(e == 0 ? register & Vector512.Create(0xFFFFu) : register >> 16);
}

/// <summary>tf32: a float of which the low 13 bits do not count.</summary>
internal readonly struct TensorFloatElement : IMatrixElement
{
    public static int PerRegister => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Element(Vector512<uint> register, int e) => (register & Vector512.Create(0xFFFFE000u)).AsSingle();
}

/// <summary>
/// mma.sync m16n8: D = A B + C with A row-major, B column-major, C and D in single precision. With lane l = 4 g + t and e elements in a
/// register, registers of A hold rows g and g + 8 of columns e t … of one k block, then of the next; registers of B hold
/// rows e t … of column g; C and D hold columns 2 t, 2 t + 1 of row g, then of row g + 8.
/// </summary>
/// <remarks>
/// Products are exact and summed by fused multiply-adds in single precision, in order of k. A card sums in an order and with a truncation
/// of its own: compare with a tolerance.
/// </remarks>
internal static unsafe class TensorCoreExecutors
{
    /// <summary>The list holds the registers of D (4), A, B and C (4); the mode is the number of registers of B.</summary>
    public static void MultiplyAccumulate<TElement>(Warp warp, Instruction* i, uint mask)
        where TElement : struct, IMatrixElement
    {
        int blocks = i->Mode;
        ReadOnlySpan<int> list = warp.Program.Lists.AsSpan(i->List, 8 + 3 * blocks);
        if (warp.Options.Checks) Check<TElement>(warp, i, mask, list[4..]);
        uint** registers = stackalloc uint*[8 + 3 * blocks];
        for (int r = 0; r < list.Length; r++) registers[r] = warp.Lanes<uint>(list[r]);
        Multiply<TElement>(blocks, registers + 4, registers + 4 + 2 * blocks, (float**)registers + 4 + 3 * blocks, (float**)registers, mask);
        foreach (int slot in list[..4]) warp.Initialised[slot] |= mask;
    }

    /// <summary>The same on registers wherever they lie: 2 <paramref name="blocks"/> of A, half as many of B, four of C and D.</summary>
    public static void Multiply<TElement>(int blocks, uint** a, uint** b, float** c, float** d, uint mask)
        where TElement : struct, IMatrixElement
    {
        // Upper and lower half of the rows, even and odd columns, lanes 0-15 and 16-31: in the order of the registers of C.
        Vector512<float> c00 = Vector512.LoadAligned(c[0]), c01 = Vector512.LoadAligned(c[0] + 16), c10 = Vector512.LoadAligned(c[1]),
            c11 = Vector512.LoadAligned(c[1] + 16);
        Vector512<float> c20 = Vector512.LoadAligned(c[2]), c21 = Vector512.LoadAligned(c[2] + 16), c30 = Vector512.LoadAligned(c[3]),
            c31 = Vector512.LoadAligned(c[3] + 16);
        Vector512<uint> lane = Vector512<uint>.Indices, three = Vector512.Create(3u);
        for (int block = 0; block < blocks; block++)
        {
            Vector512<uint> b0 = Vector512.LoadAligned(b[block]), b1 = Vector512.LoadAligned(b[block] + 16);
            Vector512<uint> upper0 = Vector512.LoadAligned(a[2 * block]), upper1 = Vector512.LoadAligned(a[2 * block] + 16);
            Vector512<uint> lower0 = Vector512.LoadAligned(a[2 * block + 1]), lower1 = Vector512.LoadAligned(a[2 * block + 1] + 16);
            for (uint q = 0; q < 4; q++)
            {
                // A's elements of column q come from the lane q of each quad; B's of columns 2 t and 2 t + 1 from the lanes 8 t + q and 8
                // t + 4 + q.
                Vector512<uint> quad = Vector512.AndNot(lane, three) | Vector512.Create(q);
                Vector512<uint> even = ((lane & three) << 3) + Vector512.Create(q);
                Vector512<uint> evenB = Gather(b0, b1, even), oddB = Gather(b0, b1, even + Vector512.Create(4u));
                Vector512<uint> u0 = Vector512.Shuffle(upper0, quad), u1 = Vector512.Shuffle(upper1, quad);
                Vector512<uint> l0 = Vector512.Shuffle(lower0, quad), l1 = Vector512.Shuffle(lower1, quad);
                for (int e = 0; e < TElement.PerRegister; e++)
                {
                    Vector512<float> x = TElement.Element(evenB, e), y = TElement.Element(oddB, e);
                    Vector512<float> r0 = TElement.Element(u0, e), r1 = TElement.Element(u1, e), s0 = TElement.Element(l0, e),
                        s1 = TElement.Element(l1, e);
                    c00 = Vector512.FusedMultiplyAdd(r0, x, c00);
                    c01 = Vector512.FusedMultiplyAdd(r1, x, c01);
                    c10 = Vector512.FusedMultiplyAdd(r0, y, c10);
                    c11 = Vector512.FusedMultiplyAdd(r1, y, c11);
                    c20 = Vector512.FusedMultiplyAdd(s0, x, c20);
                    c21 = Vector512.FusedMultiplyAdd(s1, x, c21);
                    c30 = Vector512.FusedMultiplyAdd(s0, y, c30);
                    c31 = Vector512.FusedMultiplyAdd(s1, y, c31);
                }
            }
        }
        Put(d[0], c00, c01, mask);
        Put(d[1], c10, c11, mask);
        Put(d[2], c20, c21, mask);
        Put(d[3], c30, c31, mask);
    }

    private static void Put(float* lanes, Vector512<float> low, Vector512<float> high, uint mask)
    {
        LaneMask.Store(lanes, 0, low, mask);
        LaneMask.Store(lanes, 16, high, mask);
    }

    // Lanes 0-31 of a register by an index each; shuffles take indices modulo nothing, so each half is asked for its own lanes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Gather(Vector512<uint> low, Vector512<uint> high, Vector512<uint> index)
    {
        if (Avx512F.IsSupported) return Avx512F.PermuteVar16x32x2(low, index, high);
        // Out-of-range indices give zero.
        return Vector512.Shuffle(low, index) | Vector512.Shuffle(high, index - Vector512.Create(16u));
    }

    private static void Check<TElement>(Warp warp, Instruction* i, uint mask, ReadOnlySpan<int> sources)
        where TElement : struct, IMatrixElement
    {
        warp.RequireWholeWarp(i, mask);
        foreach (int slot in sources) warp.RequireInitialised(i, slot, mask);
        if (typeof(TElement) != typeof(TensorFloatElement)) return;
        foreach (int slot in sources[..^4])
        {
            Vector512<uint> low = Vector512.Create(0x1FFFu);
            uint* lanes = warp.Lanes<uint>(slot);
            if (((Vector512.LoadAligned(lanes) | Vector512.LoadAligned(lanes + 16)) & low) == Vector512<uint>.Zero) continue;
            warp.Report(FindingKind.UnroundedTensorFloat, i, 0,
                "the low 13 bits of a tf32 operand are cut off; round with cvt.rna.tf32.f32");
            return;
        }
    }
}
