using System.Runtime.Intrinsics;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>
/// Arithmetic on 16-bit floats, alone in a lane or two packed. Operations run in single precision and round once more: harmless for
/// sums and products (24 bits are more than twice 11), and for the fused product-sum the first result is rounded to odd.
/// </summary>
internal static unsafe class PackedExecutors
{
    public static void Unary<TFormat, TOperation>(Warp warp, Instruction* i, uint mask)
        where TFormat : struct, IPackedFormat
        where TOperation : struct, IUnary
    {
        uint* a = warp.Lanes<uint>(i->A), d = warp.Lanes<uint>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            Vector512<uint> x = Vector512.LoadAligned(a + lane);
            Vector512<uint> result = TFormat.Round(TOperation.Apply(Low<TFormat>(x)));
            if (i->Mode != 0) result |= TFormat.Round(TOperation.Apply(High<TFormat>(x))) << 16;
            LaneMask.Store(d, lane, result, mask);
        }
    }

    public static void Binary<TFormat, TOperation>(Warp warp, Instruction* i, uint mask)
        where TFormat : struct, IPackedFormat
        where TOperation : struct, IBinary
    {
        uint* a = warp.Lanes<uint>(i->A), b = warp.Lanes<uint>(i->B), d = warp.Lanes<uint>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            Vector512<uint> x = Vector512.LoadAligned(a + lane), y = Vector512.LoadAligned(b + lane);
            Vector512<uint> result = TFormat.Round(TOperation.Apply(Low<TFormat>(x), Low<TFormat>(y)));
            if (i->Mode != 0) result |= TFormat.Round(TOperation.Apply(High<TFormat>(x), High<TFormat>(y))) << 16;
            LaneMask.Store(d, lane, result, mask);
        }
    }

    public static void MultiplyAdd<TFormat>(Warp warp, Instruction* i, uint mask)
        where TFormat : struct, IPackedFormat
    {
        uint* a = warp.Lanes<uint>(i->A), b = warp.Lanes<uint>(i->B), c = warp.Lanes<uint>(i->C), d = warp.Lanes<uint>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            Vector512<uint> x = Vector512.LoadAligned(a + lane), y = Vector512.LoadAligned(b + lane), z = Vector512.LoadAligned(c + lane);
            Vector512<uint> result = TFormat.Round(ProductSumToOdd(Low<TFormat>(x), Low<TFormat>(y), Low<TFormat>(z)));
            if (i->Mode != 0) result |= TFormat.Round(ProductSumToOdd(High<TFormat>(x), High<TFormat>(y), High<TFormat>(z))) << 16;
            LaneMask.Store(d, lane, result, mask);
        }
    }

    /// <summary>Two singles, rounded and packed: A above, B below. The mode asks for `.relu`.</summary>
    public static void Pack<TFormat>(Warp warp, Instruction* i, uint mask)
        where TFormat : struct, IPackedFormat
    {
        float* a = warp.Lanes<float>(i->A), b = warp.Lanes<float>(i->B);
        uint* d = warp.Lanes<uint>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            Vector512<float> x = Vector512.LoadAligned(a + lane), y = Vector512.LoadAligned(b + lane);
            if (i->Mode != 0) (x, y) = (Vector512.MaxNumber(x, Vector512<float>.Zero), Vector512.MaxNumber(y, Vector512<float>.Zero));
            LaneMask.Store(d, lane, (TFormat.Round(x) << 16) | TFormat.Round(y), mask);
        }
    }

    /// <summary>One single, rounded.</summary>
    public static void Round<TFormat>(Warp warp, Instruction* i, uint mask)
        where TFormat : struct, IPackedFormat
    {
        float* a = warp.Lanes<float>(i->A);
        uint* d = warp.Lanes<uint>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            Vector512<float> x = Vector512.LoadAligned(a + lane);
            LaneMask.Store(d, lane, TFormat.Round(i->Mode != 0 ? Vector512.MaxNumber(x, Vector512<float>.Zero) : x), mask);
        }
    }

    /// <summary>One 16-bit value to single precision.</summary>
    public static void Expand<TFormat>(Warp warp, Instruction* i, uint mask)
        where TFormat : struct, IPackedFormat
    {
        uint* a = warp.Lanes<uint>(i->A);
        float* d = warp.Lanes<float>(i->D);
        for (int lane = 0; lane < 32; lane += 16) LaneMask.Store(d, lane, TFormat.Expand(Vector512.LoadAligned(a + lane)), mask);
    }

    private static Vector512<float> Low<TFormat>(Vector512<uint> x)
        where TFormat : struct, IPackedFormat => TFormat.Expand(x & Vector512.Create(0xFFFFu));

    private static Vector512<float> High<TFormat>(Vector512<uint> x)
        where TFormat : struct, IPackedFormat => TFormat.Expand(x >> 16);

    // The product of two 16-bit floats is exact in single precision. Where the sum is not, its last bit becomes one ("round to
    // odd"), so that the later rounding sees on which side of a tie the exact value lies.
    private static Vector512<float> ProductSumToOdd(Vector512<float> a, Vector512<float> b, Vector512<float> c)
    {
        Vector512<float> product = a * b, sum = product + c, part = sum - product;
        Vector512<float> error = product - (sum - part) + (c - part);
        Vector512<uint> bits = sum.AsUInt32();
        Vector512<uint> inexact = Vector512.LessThan(error, Vector512<float>.Zero).AsUInt32() | Vector512.GreaterThan(error, Vector512<float>.Zero).AsUInt32();
        Vector512<uint> even = Vector512.Equals(bits & Vector512<uint>.One, Vector512<uint>.Zero);
        Vector512<uint> away = Vector512.Equals((error.AsUInt32() ^ bits) & Vector512.Create(0x80000000u), Vector512<uint>.Zero);
        Vector512<uint> neighbour = Vector512.ConditionalSelect(away, bits + Vector512<uint>.One, bits - Vector512<uint>.One);
        return Vector512.ConditionalSelect(inexact & even, neighbour, bits).AsSingle();
    }
}
