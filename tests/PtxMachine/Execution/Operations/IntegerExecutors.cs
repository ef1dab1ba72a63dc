using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>Integer instructions whose vector form does not fit <see cref="LaneExecutors"/>.</summary>
internal static unsafe class IntegerExecutors
{
    /// <summary>32-bit shifts. The vector instructions take too many places as PTX does: zero, or all sign bits.</summary>
    public static void ShiftLeft32(Warp warp, Instruction* i, uint mask)
    {
        if (!Avx512F.IsSupported)
        {
            ScalarExecutors.Binary<uint, uint, uint, ShiftLeft<uint>>(warp, i, mask);
            return;
        }
        uint* a = warp.Lanes<uint>(i->A), b = warp.Lanes<uint>(i->B), d = warp.Lanes<uint>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            LaneMask.Store(d, lane, Avx512F.ShiftLeftLogicalVariable(Vector512.LoadAligned(a + lane), Vector512.LoadAligned(b + lane)), mask);
        }
    }

    public static void ShiftRight32(Warp warp, Instruction* i, uint mask)
    {
        if (!Avx512F.IsSupported)
        {
            ScalarExecutors.Binary<uint, uint, uint, ShiftRight<uint>>(warp, i, mask);
            return;
        }
        uint* a = warp.Lanes<uint>(i->A), b = warp.Lanes<uint>(i->B), d = warp.Lanes<uint>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            LaneMask.Store(d, lane, Avx512F.ShiftRightLogicalVariable(Vector512.LoadAligned(a + lane), Vector512.LoadAligned(b + lane)), mask);
        }
    }

    public static void ShiftRightSigned32(Warp warp, Instruction* i, uint mask)
    {
        if (!Avx512F.IsSupported)
        {
            ScalarExecutors.Binary<int, uint, int, ShiftRight<int>>(warp, i, mask);
            return;
        }
        int* a = warp.Lanes<int>(i->A), d = warp.Lanes<int>(i->D);
        uint* b = warp.Lanes<uint>(i->B);
        for (int lane = 0; lane < 32; lane += 16)
        {
            LaneMask.Store(d, lane, Avx512F.ShiftRightArithmeticVariable(Vector512.LoadAligned(a + lane), Vector512.LoadAligned(b + lane)), mask);
        }
    }

    /// <summary>mul.wide and mad.wide of 32-bit factors; C is the zero slot for a product alone.</summary>
    public static void WideProductAdd<T, TWide>(Warp warp, Instruction* i, uint mask)
        where T : unmanaged
        where TWide : unmanaged
    {
        T* a = warp.Lanes<T>(i->A), b = warp.Lanes<T>(i->B);
        TWide* c = warp.Lanes<TWide>(i->C), d = warp.Lanes<TWide>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            (Vector512<TWide> aLow, Vector512<TWide> aHigh) = Widen<T, TWide>(Vector512.LoadAligned(a + lane));
            (Vector512<TWide> bLow, Vector512<TWide> bHigh) = Widen<T, TWide>(Vector512.LoadAligned(b + lane));
            LaneMask.Store(d, lane, aLow * bLow + Vector512.LoadAligned(c + lane), mask);
            LaneMask.Store(d, lane + 8, aHigh * bHigh + Vector512.LoadAligned(c + lane + 8), mask);
        }
    }

    /// <summary>32-bit integers to 64 bits, with sign or zeros.</summary>
    public static void Extend<T, TWide>(Warp warp, Instruction* i, uint mask)
        where T : unmanaged
        where TWide : unmanaged
    {
        T* a = warp.Lanes<T>(i->A);
        TWide* d = warp.Lanes<TWide>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            (Vector512<TWide> low, Vector512<TWide> high) = Widen<T, TWide>(Vector512.LoadAligned(a + lane));
            LaneMask.Store(d, lane, low, mask);
            LaneMask.Store(d, lane + 8, high, mask);
        }
    }

    /// <summary>The low 32 bits of 64.</summary>
    public static void Truncate(Warp warp, Instruction* i, uint mask)
    {
        ulong* a = warp.Lanes<ulong>(i->A);
        uint* d = warp.Lanes<uint>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            LaneMask.Store(d, lane, Vector512.Narrow(Vector512.LoadAligned(a + lane), Vector512.LoadAligned(a + lane + 8)), mask);
        }
    }

    /// <summary>Any function of three bits, given by its table of eight results in the mode.</summary>
    public static void LogicTable(Warp warp, Instruction* i, uint mask)
    {
        uint* a = warp.Lanes<uint>(i->A), b = warp.Lanes<uint>(i->B), c = warp.Lanes<uint>(i->C), d = warp.Lanes<uint>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            Vector512<uint> result = Vector512<uint>.Zero;
            for (int row = 0; row < 8; row++)
            {
                if ((i->Mode >> row & 1) == 0) continue;
                Vector512<uint> x = Vector512.LoadAligned(a + lane), y = Vector512.LoadAligned(b + lane), z = Vector512.LoadAligned(c + lane);
                result |= ((row & 4) != 0 ? x : ~x) & ((row & 2) != 0 ? y : ~y) & ((row & 1) != 0 ? z : ~z);
            }
            LaneMask.Store(d, lane, result, mask);
        }
    }

    /// <summary>Inserts the low bits of A into B; position and length are in a list of two slots.</summary>
    public static void InsertField<T>(Warp warp, Instruction* i, uint mask)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        uint* length = warp.Lanes<uint>(warp.Program.Lists[i->List]);
        warp.RequireInitialised(i, warp.Program.Lists[i->List], mask);
        byte* a = warp.Lanes<byte>(i->A), b = warp.Lanes<byte>(i->B), d = warp.Lanes<byte>(i->D);
        uint* position = warp.Lanes<uint>(i->C);
        int bits = 8 * sizeof(T);
        for (int lane = 0; lane < 32; lane++)
        {
            if ((mask >> lane & 1) == 0) continue;
            int start = (int)(position[lane] & 255), count = (int)(length[lane] & 255);
            T result = ScalarExecutors.Get<T>(b, lane);
            for (int bit = 0; bit < count && start + bit < bits; bit++)
            {
                T one = T.One << (start + bit);
                result = ((ScalarExecutors.Get<T>(a, lane) >> bit) & T.One) != T.Zero ? result | one : result & ~one;
            }
            ScalarExecutors.Put(d, lane, result);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<TWide> Low, Vector512<TWide> High) Widen<T, TWide>(Vector512<T> a)
        where T : unmanaged
        where TWide : unmanaged
    {
        if (typeof(T) == typeof(int))
        {
            (Vector512<long> low, Vector512<long> high) = Vector512.Widen(a.AsInt32());
            return (low.As<long, TWide>(), high.As<long, TWide>());
        }
        (Vector512<ulong> unsignedLow, Vector512<ulong> unsignedHigh) = Vector512.Widen(a.AsUInt32());
        return (unsignedLow.As<ulong, TWide>(), unsignedHigh.As<ulong, TWide>());
    }
}
