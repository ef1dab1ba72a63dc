using System.Numerics;
using System.Runtime.InteropServices;

namespace DoRA.Model.Files;

/// <summary>Turns stored little-endian bytes of any <see cref="StoredType"/> into numbers.</summary>
internal static class ElementConversion
{
    /// <summary>Converts every element to <typeparamref name="T"/>, rounding to nearest where <typeparamref name="T"/> is narrower.</summary>
    /// <param name="type">What <paramref name="source"/> holds.</param>
    /// <param name="source">destination.Length × type.Size() bytes.</param>
    /// <param name="destination">Receives the numbers.</param>
    public static void Convert<T>(StoredType type, ReadOnlySpan<byte> source, Span<T> destination) where T : unmanaged, INumber<T>
    {
        switch (type)
        {
            case StoredType.Float32: From<float, T>(source, destination); break;
            case StoredType.Float64: From<double, T>(source, destination); break;
            case StoredType.Float16: From<Half, T>(source, destination); break;
            case StoredType.BFloat16: FromBFloat16(source, destination); break;
            case StoredType.Int64: From<long, T>(source, destination); break;
            case StoredType.Int32: From<int, T>(source, destination); break;
            default: From<byte, T>(source, destination); break;
        }
    }

    private static void From<TSource, T>(ReadOnlySpan<byte> source, Span<T> destination)
        where TSource : unmanaged, INumber<TSource> where T : unmanaged, INumber<T>
    {
        var values = MemoryMarshal.Cast<byte, TSource>(source);
        for (var i = 0; i < destination.Length; i++)
            destination[i] = T.CreateSaturating(values[i]);
    }

    // bfloat16 is the upper half of a float.
    private static void FromBFloat16<T>(ReadOnlySpan<byte> source, Span<T> destination) where T : unmanaged, INumber<T>
    {
        var values = MemoryMarshal.Cast<byte, ushort>(source);
        for (var i = 0; i < destination.Length; i++)
            destination[i] = T.CreateSaturating(BitConverter.UInt32BitsToSingle((uint)values[i] << 16));
    }
}
