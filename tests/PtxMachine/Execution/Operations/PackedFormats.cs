using System.Runtime.Intrinsics;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>A 16-bit float format: between the low halves of 32-bit lanes and single precision.</summary>
internal interface IPackedFormat
{
    /// <summary>The value of the low 16 bits; exact.</summary>
    static abstract Vector512<float> Expand(Vector512<uint> bits);

    /// <summary>Rounds to nearest, ties to even; the upper 16 bits are zero.</summary>
    static abstract Vector512<uint> Round(Vector512<float> value);

    /// <summary>How far a card's approximation in this format may be off where the exact value is y.</summary>
    static abstract double Bound<TFunction>(double y)
        where TFunction : struct, IPackedApproximation;
}

/// <summary>bfloat16: the upper half of a float.</summary>
internal readonly struct BFloat16Format : IPackedFormat
{
    public static Vector512<float> Expand(Vector512<uint> bits) => (bits << 16).AsSingle();

    public static Vector512<uint> Round(Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32();
        Vector512<uint> rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One)) >> 16;
        return Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, Vector512.Create(0x7FFFu));
    }

    public static double Bound<TFunction>(double y)
        where TFunction : struct, IPackedApproximation => TFunction.BFloat16Bound(y);
}

/// <summary>IEEE half precision.</summary>
internal readonly struct HalfFormat : IPackedFormat
{
    public static Vector512<float> Expand(Vector512<uint> bits)
    {
        // Moved into a float's place the exponent is too small by 112; a product with 2^112 sets it right, subnormals included.
        Vector512<float> scaled = ((bits & Vector512.Create(0x7FFFu)) << 13).AsSingle() * Vector512.Create(
            BitConverter.UInt32BitsToSingle((112u + 127) << 23));
        Vector512<uint> special = Vector512.GreaterThanOrEqual(scaled, Vector512.Create(65536f)).AsUInt32() & Vector512.Create(0x7F800000u);
        return (scaled.AsUInt32() | special | ((bits & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }

    public static Vector512<uint> Round(Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32(), sign = bits & Vector512.Create(0x80000000u), magnitude = bits ^ sign;
        // Normal: rebias, round to even at bit 13; a carry out of the top exponent gives infinity.
        Vector512<uint> normal = (magnitude + Vector512.Create(unchecked((uint)((15 - 127) << 23)) + 0xFFF)
            + ((magnitude >> 13) & Vector512<uint>.One)) >> 13;
        // Subnormal: adding 1/2 puts the wanted bits at the bottom, rounded by the addition itself.
        Vector512<float> half = Vector512.Create(0.5f);
        Vector512<uint> subnormal = (magnitude.AsSingle() + half).AsUInt32() - half.AsUInt32();
        Vector512<uint> result = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(113u << 23)), subnormal,
            normal);
        result = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(143u << 23)),
            Vector512.Create(0x7C00u), result);
        result = Vector512.ConditionalSelect(Vector512.GreaterThan(magnitude, Vector512.Create(255u << 23)), Vector512.Create(0x7FFFu),
            result | (sign >> 16));
        return result;
    }

    public static double Bound<TFunction>(double y)
        where TFunction : struct, IPackedApproximation => TFunction.HalfBound(y);
}
