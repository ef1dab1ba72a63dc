using System.Numerics;
using System.Runtime.Intrinsics;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>Runs functions that cards approximate: rounded from the exact value, or off by a chosen part of the allowed error.</summary>
internal static unsafe class ApproximationExecutors
{
    /// <summary>Bit of the mode: subnormal inputs and results become zero.</summary>
    public const int FlushToZero = 1;

    public static void Single<TFunction>(Warp warp, Instruction* i, uint mask)
        where TFunction : struct, IApproximation
    {
        float* a = warp.Lanes<float>(i->A), d = warp.Lanes<float>(i->D);
        bool flush = (i->Mode & FlushToZero) != 0;
        ulong? seed = warp.Options.PerturbationSeed;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            float x = flush ? Flush(a[lane]) : a[lane];
            float y = Rounded<TFunction>(x, seed);
            d[lane] = flush ? Flush(y) : y;
        }
    }

    public static void Double<TFunction>(Warp warp, Instruction* i, uint mask)
        where TFunction : struct, IApproximation
    {
        double* a = warp.Lanes<double>(i->A), d = warp.Lanes<double>(i->D);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = TFunction.Evaluate(a[lane]);
        }
    }

    /// <summary>16-bit formats: the single-precision value, rounded; a mode beside zero asks for the packed upper half too.</summary>
    public static void Packed<TFormat, TFunction>(Warp warp, Instruction* i, uint mask)
        where TFormat : struct, IPackedFormat
        where TFunction : struct, IPackedApproximation
    {
        ulong? seed = warp.Options.PerturbationSeed;
        uint* a = warp.Lanes<uint>(i->A), d = warp.Lanes<uint>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            Vector512<uint> x = Vector512.LoadAligned(a + lane);
            Vector512<uint> result = TFormat.Round(Each<TFormat, TFunction>(TFormat.Expand(x & Vector512.Create(0xFFFFu)), seed));
            if (i->Mode != 0) result |= TFormat.Round(Each<TFormat, TFunction>(TFormat.Expand(x >> 16), seed)) << 16;
            LaneMask.Store(d, lane, result, mask);
        }
    }

    /// <summary>div.approx and div.full: within two units of the quotient's last place (PTX ISA 9.1, 9.7.3.8).</summary>
    public static void Divide(Warp warp, Instruction* i, uint mask)
    {
        float* a = warp.Lanes<float>(i->A), b = warp.Lanes<float>(i->B), d = warp.Lanes<float>(i->D);
        bool flush = (i->Mode & FlushToZero) != 0;
        ulong? seed = warp.Options.PerturbationSeed;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            (float x, float y) = flush ? (Flush(a[lane]), Flush(b[lane])) : (a[lane], b[lane]);
            double quotient = (double)x / y;
            if (seed is { } s && double.IsFinite(quotient)) quotient += Math.ScaleB(quotient, -22) * Noise(x * 31 + y, s);
            d[lane] = flush ? Flush((float)quotient) : (float)quotient;
        }
    }

    private static float Rounded<TFunction>(float x, ulong? seed)
        where TFunction : struct, IApproximation
    {
        double y = TFunction.Evaluate(x);
        if (seed is { } s && double.IsFinite(y)) y += TFunction.Bound(x, y) * Noise(x, s);
        return (float)y;
    }

    private static Vector512<float> Each<TFormat, TFunction>(Vector512<float> x, ulong? seed)
        where TFormat : struct, IPackedFormat
        where TFunction : struct, IPackedApproximation
    {
        Span<float> values = stackalloc float[16];
        x.CopyTo(values);
        foreach (ref float value in values)
        {
            double y = TFunction.Evaluate(value);
            value = (float)(seed is { } s && double.IsFinite(y) ? y + TFormat.Bound<TFunction>(y) * Noise(value, s) : y);
        }
        return Vector512.Create<float>(values);
    }

    private static float Flush(float x) => float.IsSubnormal(x) ? MathF.CopySign(0, x) : x;

    // Between -1 and 1, by the argument and the seed alone, so that a run repeats.
    private static double Noise(float x, ulong seed)
    {
        ulong mixed = (BitConverter.SingleToUInt32Bits(x) + 0x9E3779B97F4A7C15) * (seed | 1) ^ seed;
        mixed = (mixed ^ (mixed >> 31)) * 0xD6E8FEB86659FD93;
        return (long)(mixed ^ (mixed >> 29)) * (1 / 9223372036854775808.0);
    }
}
