using System.Runtime.InteropServices;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.Primitives;

/// <summary>How a kernel's activations lie in memory; it computes in float32 whatever they are.</summary>
/// <remarks>Kernels are generic methods of it: <c>device.Kernel(Normalize&lt;Float32&gt;, Normalize&lt;BFloat16&gt;)</c>.</remarks>
internal interface ICudaElement<T>
    where T : unmanaged, ICudaElement<T>
{
    float Value { get; }

    /// <summary>The nearest element to a value, ties to even; <c>default(T).Of(value)</c>.</summary>
    T Of(float value);

    /// <summary>Four neighbours from <paramref name="at"/>, a multiple of four, at once; <c>default(T).LoadFour(source, at)</c>.</summary>
    Float4 LoadFour(ArrayView<T> source, long at);

    void StoreFour(ArrayView<T> target, long at, Float4 value);
}

/// <summary>Storage as computed.</summary>
internal readonly struct Float32(float value) : ICudaElement<Float32>
{
    public float Value => value;

    public Float32 Of(float nearest) => new(nearest);

    public Float4 LoadFour(ArrayView<Float32> source, long at) => source.Cast<Float4>()[at >> 2];

    public void StoreFour(ArrayView<Float32> target, long at, Float4 value) => target.Cast<Float4>()[at >> 2] = value;
}

/// <summary>The upper half of a float32: 8 bits of exponent, 8 bits of significand with the implied one.</summary>
[StructLayout(LayoutKind.Sequential, Size = sizeof(ushort))]
internal readonly struct BFloat16(ushort bits) : ICudaElement<BFloat16>
{
    public ushort Bits => bits;

    public float Value => Interop.IntAsFloat((uint)bits << 16);

    public BFloat16 Of(float nearest) => new((ushort)Round(nearest));

    public Float4 LoadFour(ArrayView<BFloat16> source, long at) => default(WideAccess).Load(source, at, 4);

    public void StoreFour(ArrayView<BFloat16> target, long at, Float4 value) => default(WideAccess).Store(target, at, 4, value);

    /// <summary>The lower of two elements in a word.</summary>
    public static float Low(uint word) => Interop.IntAsFloat(word << 16);

    /// <summary>The upper of two elements in a word.</summary>
    public static float High(uint word) => Interop.IntAsFloat(word & 0xffff0000);

    /// <summary>The nearest elements, on the host.</summary>
    public static void Round(Span<BFloat16> elements, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            elements[i] = default(BFloat16).Of(values[i]);
        }
    }

    /// <summary>The elements' values, on the host.</summary>
    public static void Widen(Span<float> values, ReadOnlySpan<BFloat16> elements)
    {
        for (int i = 0; i < elements.Length; i++)
        {
            values[i] = elements[i].Value;
        }
    }

    /// <summary>The bits of the nearest bfloat16, ties to even, in the lower half. A NaN stays one, made quiet.</summary>
    public static uint Round(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        return (bits & 0x7fffffff) > 0x7f800000 ? (bits >> 16) | 0x40 : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    }
}
