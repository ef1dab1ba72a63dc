using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DoRA.Model.Files;

/// <summary>A tensor in an array of this process.</summary>
public sealed class HostTensor : TensorContent
{
    // Elements to a piece: a span of bytes holds at most 2^31-1 of them, an array of floats four times that.
    private const int Piece = 1 << 24;

    private readonly Array values;

    private HostTensor(StoredType type, IReadOnlyList<int> shape, Array values) : base(type, shape)
    {
        var elements = values is byte[] ? values.LongLength / type.Size() : values.LongLength;
        if (Count != elements)
            throw new ArgumentException($"{elements} values do not fill the shape [{string.Join(", ", shape)}].");
        this.values = values;
    }

    /// <param name="values">Row-major elements; kept, not copied.</param>
    /// <param name="shape">Sizes whose product is the number of values.</param>
    public static HostTensor Of(float[] values, params int[] shape) => new(StoredType.Float32, shape, values);

    /// <inheritdoc cref="Of(float[], int[])"/>
    public static HostTensor Of(double[] values, params int[] shape) => new(StoredType.Float64, shape, values);

    /// <inheritdoc cref="Of(float[], int[])"/>
    public static HostTensor Of(long[] values, params int[] shape) => new(StoredType.Int64, shape, values);

    /// <param name="type">What the bytes hold.</param>
    /// <param name="bytes">Row-major little-endian elements; kept, not copied.</param>
    /// <param name="shape">Sizes whose product is the number of elements.</param>
    public static HostTensor OfBytes(StoredType type, byte[] bytes, params int[] shape) => new(type, shape, bytes);

    /// <summary>The elements as floats, converted when stored otherwise; the very array where it already holds floats.</summary>
    public float[] Floats() => values as float[] ?? Converted<float>();

    /// <summary>The elements as doubles, converted when stored otherwise; the very array where it already holds doubles.</summary>
    public double[] Doubles() => values as double[] ?? Converted<double>();

    /// <summary>The elements as whole numbers (fractions are cut); the very array where it already holds such.</summary>
    public long[] Longs() => values as long[] ?? Converted<long>();

    public override void WriteTo(Stream stream)
    {
        for (long element = 0; element < Count; element += Piece)
            stream.Write(BytesAt(element, (int)Math.Min(Piece, Count - element)));
    }

    private T[] Converted<T>() where T : unmanaged, INumber<T>
    {
        var result = new T[Count];
        for (var element = 0; element < result.Length; element += Piece)
        {
            var length = Math.Min(Piece, result.Length - element);
            ElementConversion.Convert(Type, BytesAt(element, length), result.AsSpan(element, length));
        }
        return result;
    }

    private ReadOnlySpan<byte> BytesAt(long element, int count)
    {
        ref var first = ref MemoryMarshal.GetArrayDataReference(values);
        ref var start = ref Unsafe.AddByteOffset(ref first, (nint)(element * Type.Size()));
        return MemoryMarshal.CreateReadOnlySpan(ref start, count * Type.Size());
    }
}
