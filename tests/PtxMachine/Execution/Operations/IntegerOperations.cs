using System.Numerics;
using System.Runtime.CompilerServices;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>a / b, truncated. The manual leaves division by zero open; cards give all ones.</summary>
internal readonly struct Quotient<T> : IScalar<T, T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T a, T b) => b == T.Zero ? ~T.Zero : T.IsNegative(b) && b == ~T.Zero ? T.Zero - a : a / b;
}

/// <summary>The remainder with the sign of a.</summary>
internal readonly struct Remainder<T> : IScalar<T, T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T a, T b) => b == T.Zero ? a : T.IsNegative(b) && b == ~T.Zero ? T.Zero : a % b;
}

/// <summary>The upper half of the product.</summary>
internal readonly struct HighProduct<T> : IScalar<T, T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T a, T b) => T.CreateTruncating((Int128.CreateTruncating(a) * Int128.CreateTruncating(b)) >> (8 * Unsafe.SizeOf<T>()));
}

/// <summary>The upper half of an unsigned 64-bit product.</summary>
internal readonly struct HighProductUnsignedLong : IScalar<ulong, ulong, ulong>
{
    public static ulong Apply(ulong a, ulong b) => Math.BigMul(a, b, out _);
}

/// <summary>The upper half of the product, plus c.</summary>
internal readonly struct HighProductAdd<T> : IScalar<T, T, T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T a, T b, T c) => unchecked(HighProduct<T>.Apply(a, b) + c);
}

/// <summary>The product in twice the width.</summary>
internal readonly struct WideProduct<T, TWide> : IScalar<T, T, TWide>
    where T : unmanaged, IBinaryInteger<T>
    where TWide : unmanaged, IBinaryInteger<TWide>
{
    public static TWide Apply(T a, T b) => TWide.CreateTruncating(a) * TWide.CreateTruncating(b);
}

/// <summary>The product in twice the width, plus c.</summary>
internal readonly struct WideProductAdd<T, TWide> : IScalar<T, T, TWide, TWide>
    where T : unmanaged, IBinaryInteger<T>
    where TWide : unmanaged, IBinaryInteger<TWide>
{
    public static TWide Apply(T a, T b, TWide c) => unchecked(TWide.CreateTruncating(a) * TWide.CreateTruncating(b) + c);
}

/// <summary>Shift to the left; more places than bits give zero.</summary>
internal readonly struct ShiftLeft<T> : IScalar<T, uint, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T a, uint places) => places >= 8 * Unsafe.SizeOf<T>() ? T.Zero : a << (int)places;
}

/// <summary>Shift to the right, of signed types with the sign; more places than bits act like all of them.</summary>
internal readonly struct ShiftRight<T> : IScalar<T, uint, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T a, uint places) => places >= 8 * Unsafe.SizeOf<T>() ? (T.IsNegative(a) ? ~T.Zero : T.Zero) : a >> (int)places;
}

internal readonly struct PopulationCount<T> : IScalar<T, uint>
    where T : unmanaged, IBinaryInteger<T>
{
    public static uint Apply(T a) => uint.CreateTruncating(T.PopCount(a));
}

internal readonly struct LeadingZeros<T> : IScalar<T, uint>
    where T : unmanaged, IBinaryInteger<T>
{
    public static uint Apply(T a) => uint.CreateTruncating(T.LeadingZeroCount(a));
}

/// <summary>The bits in reverse order.</summary>
internal readonly struct ReverseBits<T> : IScalar<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T a)
    {
        T result = T.Zero;
        for (int bit = 0; bit < 8 * Unsafe.SizeOf<T>(); bit++) result = (result << 1) | ((a >> bit) & T.One);
        return result;
    }
}

/// <summary>Position of the highest bit that is not the sign, or all ones.</summary>
internal readonly struct FindHighest<T> : IScalar<T, uint>
    where T : unmanaged, IBinaryInteger<T>
{
    public static uint Apply(T a)
    {
        if (T.IsNegative(a)) a = ~a;
        return a == T.Zero ? uint.MaxValue : (uint)(8 * Unsafe.SizeOf<T>() - 1) - uint.CreateTruncating(T.LeadingZeroCount(a));
    }
}

/// <summary>Bit field of a from bit b on, c bits long; signed types extend its top bit (or that of a behind its end).</summary>
internal readonly struct ExtractField<T> : IScalar<T, uint, uint, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T a, uint b, uint c)
    {
        int bits = 8 * Unsafe.SizeOf<T>(), position = (int)(b & 255), length = (int)(c & 255);
        bool signed = T.IsNegative(~T.Zero);
        int signBit = Math.Min(position + length - 1, bits - 1);
        bool fill = signed && length > 0 && ((a >> signBit) & T.One) != T.Zero;
        T result = fill ? ~T.Zero : T.Zero;
        for (int bit = 0; bit < Math.Min(length, bits) && position + bit < bits; bit++)
        {
            T one = T.One << bit;
            result = ((a >> (position + bit)) & T.One) != T.Zero ? result | one : result & ~one;
        }
        return result;
    }
}

/// <summary>lo and hi as one 64-bit number, shifted to the left; the upper half of it. `.clamp` allows up to 32 places, `.wrap` counts modulo 32.</summary>
internal readonly struct FunnelLeftWrap : IScalar<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => (uint)((((ulong)b << 32 | a) << (int)(c & 31)) >> 32);
}

internal readonly struct FunnelLeftClamp : IScalar<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => c >= 32 ? a : FunnelLeftWrap.Apply(a, b, c);
}

internal readonly struct FunnelRightWrap : IScalar<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => (uint)(((ulong)b << 32 | a) >> (int)(c & 31));
}

internal readonly struct FunnelRightClamp : IScalar<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c) => c >= 32 ? b : FunnelRightWrap.Apply(a, b, c);
}

/// <summary>Picks four of the eight bytes of a and b; bit 3 of a selector copies the byte's sign instead.</summary>
internal readonly struct PermuteBytes : IScalar<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c)
    {
        ulong bytes = (ulong)b << 32 | a;
        uint result = 0;
        for (int k = 0; k < 4; k++)
        {
            uint selector = c >> (4 * k) & 15;
            uint value = (uint)(bytes >> (int)(8 * (selector & 7))) & 255;
            if ((selector & 8) != 0) value = (value & 128) != 0 ? 255u : 0;
            result |= value << (8 * k);
        }
        return result;
    }
}

/// <summary>The n-th set bit of a mask counted from a base: n greater than zero upwards, less than zero downwards, zero the base itself.</summary>
internal readonly struct FindSet : IScalar<uint, uint, int, uint>
{
    public static uint Apply(uint a, uint b, int c)
    {
        if (c == 0) return b < 32 && (a >> (int)b & 1) != 0 ? b : uint.MaxValue;
        int step = Math.Sign(c), left = Math.Abs(c);
        for (int bit = (int)b; bit is >= 0 and < 32; bit += step)
        {
            if ((a >> bit & 1) != 0 && --left == 0) return (uint)bit;
        }
        return uint.MaxValue;
    }
}

/// <summary>c + |a − b|.</summary>
internal readonly struct AbsoluteDifference<T> : IScalar<T, T, T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T a, T b, T c) => unchecked(c + (a > b ? a - b : b - a));
}
