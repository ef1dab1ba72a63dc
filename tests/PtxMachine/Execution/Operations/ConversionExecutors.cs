using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>How a float becomes an integral value.</summary>
internal interface IRounding
{
    static abstract double Apply(double x);
}

internal readonly struct ToNearestEven : IRounding
{
    public static double Apply(double x) => Math.Round(x, MidpointRounding.ToEven);
}

internal readonly struct TowardZero : IRounding
{
    public static double Apply(double x) => Math.Truncate(x);
}

internal readonly struct Downward : IRounding
{
    public static double Apply(double x) => Math.Floor(x);
}

internal readonly struct Upward : IRounding
{
    public static double Apply(double x) => Math.Ceiling(x);
}

/// <summary>Runs `cvt` between types. Modes: flush-to-zero, and saturation for integers.</summary>
internal static unsafe class ConversionExecutors
{
    public const int FlushToZero = 1, SaturateResult = 2;

    /// <summary>Integer to integer: cut off, or the nearest value with `.sat`; extended to the width of the destination register.</summary>
    public static void IntegerToInteger<TFrom, TTo>(Warp warp, Instruction* i, uint mask)
        where TFrom : unmanaged, IBinaryInteger<TFrom>
        where TTo : unmanaged, IBinaryInteger<TTo>
    {
        byte* a = warp.Lanes<byte>(i->A), d = warp.Lanes<byte>(i->D);
        bool saturate = (i->Mode & SaturateResult) != 0;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            TFrom value = FromRegister<TFrom>(a, lane, i->ElementBytes);
            PutExtended(d, lane, saturate ? TTo.CreateSaturating(value) : TTo.CreateTruncating(value), i->RegisterBytes);
        }
    }

    /// <summary>Float to integer: rounded, the nearest value of the type when out of its range, zero for NaN.</summary>
    public static void FloatToInteger<TFrom, TTo, TRounding>(Warp warp, Instruction* i, uint mask)
        where TFrom : unmanaged, IFloatingPoint<TFrom>
        where TTo : unmanaged, IBinaryInteger<TTo>
        where TRounding : struct, IRounding
    {
        byte* a = warp.Lanes<byte>(i->A), d = warp.Lanes<byte>(i->D);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            double value = TRounding.Apply(double.CreateTruncating(ScalarExecutors.Get<TFrom>(a, lane)));
            PutExtended(d, lane, double.IsNaN(value) ? TTo.Zero : TTo.CreateSaturating(value), i->RegisterBytes);
        }
    }

    /// <summary>Integer to float, to nearest.</summary>
    public static void IntegerToFloat<TFrom, TTo>(Warp warp, Instruction* i, uint mask)
        where TFrom : unmanaged, IBinaryInteger<TFrom>
        where TTo : unmanaged, IFloatingPoint<TTo>
    {
        byte* a = warp.Lanes<byte>(i->A), d = warp.Lanes<byte>(i->D);
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            ScalarExecutors.Put(d, lane, TTo.CreateTruncating(FromRegister<TFrom>(a, lane, i->ElementBytes)));
        }
    }

    /// <summary>32-bit signed integers to single precision.</summary>
    public static void IntegerToSingle(Warp warp, Instruction* i, uint mask)
    {
        int* a = warp.Lanes<int>(i->A);
        float* d = warp.Lanes<float>(i->D);
        for (int lane = 0; lane < 32; lane += 16) LaneMask.Store(d, lane, Vector512.ConvertToSingle(Vector512.LoadAligned(a + lane)), mask);
    }

    /// <summary>Between float formats, to nearest.</summary>
    public static void FloatToFloat<TFrom, TTo>(Warp warp, Instruction* i, uint mask)
        where TFrom : unmanaged, IFloatingPoint<TFrom>
        where TTo : unmanaged, IFloatingPoint<TTo>
    {
        byte* a = warp.Lanes<byte>(i->A), d = warp.Lanes<byte>(i->D);
        bool flush = (i->Mode & FlushToZero) != 0;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            TFrom value = ScalarExecutors.Get<TFrom>(a, lane);
            ScalarExecutors.Put(d, lane, Flush(TTo.CreateTruncating(Flush(value, flush)), flush));
        }
    }

    /// <summary>A float rounded to an integral value of its own type.</summary>
    public static void RoundToIntegral<T, TRounding>(Warp warp, Instruction* i, uint mask)
        where T : unmanaged, IFloatingPoint<T>
        where TRounding : struct, IRounding
    {
        byte* a = warp.Lanes<byte>(i->A), d = warp.Lanes<byte>(i->D);
        bool flush = (i->Mode & FlushToZero) != 0;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            T value = Flush(ScalarExecutors.Get<T>(a, lane), flush);
            ScalarExecutors.Put(d, lane, T.CreateTruncating(TRounding.Apply(double.CreateTruncating(value))));
        }
    }

    /// <summary>cvt.rna.tf32.f32: 10 bits behind the point, ties away from zero; the low 13 bits are zero.</summary>
    public static void SingleToTensorFloat(Warp warp, Instruction* i, uint mask)
    {
        uint* a = warp.Lanes<uint>(i->A), d = warp.Lanes<uint>(i->D);
        for (int lane = 0; lane < 32; lane += 16)
        {
            Vector512<uint> x = Vector512.LoadAligned(a + lane);
            Vector512<uint> finite = Vector512.LessThan(x & Vector512.Create(0x7FFFFFFFu), Vector512.Create(0x7F800000u));
            LaneMask.Store(d, lane, Vector512.ConditionalSelect(finite, (x + Vector512.Create(0x1000u)) & Vector512.Create(0xFFFFE000u), x), mask);
        }
    }

    // A narrow value may stand in a wider register (a 32-bit value in a 64-bit one): lanes are as far apart as the register is wide.
    private static T FromRegister<T>(byte* lanes, int lane, int registerBytes)
        where T : unmanaged => *(T*)(lanes + lane * (registerBytes == 8 ? 8 : 4));

    private static void PutExtended<T>(byte* lanes, int lane, T value, int registerBytes)
        where T : unmanaged, IBinaryInteger<T>
    {
        ulong bits = ulong.CreateTruncating(value);
        if (registerBytes == 8) ((ulong*)lanes)[lane] = bits;
        else ((uint*)lanes)[lane] = registerBytes == 2 ? (ushort)bits : (uint)bits;
    }

    private static T Flush<T>(T value, bool flush)
        where T : unmanaged, IFloatingPoint<T> =>
        flush && typeof(T) == typeof(float) && float.IsSubnormal(Unsafe.BitCast<T, float>(value)) ? T.CopySign(T.Zero, value) : value;
}
