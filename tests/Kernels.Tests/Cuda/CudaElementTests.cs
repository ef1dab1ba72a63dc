using System.Runtime.InteropServices;
using DoRA.Kernels.Primitives;
using DoRA.PtxMachine;
using ILGPU;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>Storage of activations in kernels that are generic in it.</summary>
public sealed class CudaElementTests
{
    private static readonly float[] Values =
    [
        0, -0f, 1, -1, 1.00390625f, 1.01171875f, 3.3895314e38f, float.MaxValue, float.Epsilon, 1e-39f, 0.1f, -123.456f,
        float.PositiveInfinity, float.NegativeInfinity, float.NaN, BitConverter.Int32BitsToSingle(0x7f800001),
    ];

    [Test]
    public void Float32_is_kept() => Assert.That(Bits(Copy(Copy<Float32>, ElementType.Float32)), Is.EqualTo(Bits(Values)));

    [Test]
    public void BFloat16_is_the_nearest_with_ties_to_even()
    {
        float[] stored = Copy(Copy<BFloat16>, ElementType.BFloat16);
        for (int i = 0; i < Values.Length; i++)
        {
            Assert.That(BitConverter.SingleToInt32Bits(stored[i]), Is.EqualTo(BitConverter.SingleToInt32Bits(Nearest(Values[i]))), $"{Values[i]}");
        }
    }

    /// <summary>The nearest of the two neighbours in bfloat16, in double.</summary>
    private static float Nearest(float value)
    {
        if (float.IsNaN(value) || float.IsInfinity(value))
        {
            return float.IsNaN(value) ? BitConverter.Int32BitsToSingle((BitConverter.SingleToInt32Bits(value) & -0x10000) | 0x400000) : value;
        }

        int lower = BitConverter.SingleToInt32Bits(value) & -0x10000, upper = lower + 0x10000;
        double below = BitConverter.Int32BitsToSingle(lower), above = BitConverter.Int32BitsToSingle(upper);
        above = double.IsInfinity(above) ? Math.CopySign(Math.ScaleB(1, 128), above) : above;
        double toBelow = Math.Abs(value - below), toAbove = Math.Abs(above - value);
        bool takesBelow = toBelow < toAbove || (toBelow == toAbove && (lower & 0x10000) == 0);
        return BitConverter.Int32BitsToSingle(takesBelow ? lower : upper);
    }

    private static float[] Copy(Delegate kernel, ElementType type)
    {
        using Machine machine = new();
        using CudaDevice device = new(machine, "PTX machine", type);
        DeviceSpan x = device.Allocate(Values.Length, ElementType.Float32), stored = device.Allocate(Values.Length, type),
            y = device.Allocate(Values.Length, ElementType.Float32);
        device.Upload<float>(x, Values);
        device.Kernel(kernel).Launch(1, 32, y, stored, x, Values.Length);
        float[] result = new float[Values.Length];
        device.Download<float>(result, y);
        return result;
    }

    private static void Copy<T>(ArrayView<float> y, ArrayView<T> stored, ArrayView<float> x, int length)
        where T : unmanaged, ICudaElement<T>
    {
        int i = Group.IdxX;
        if (i < length)
        {
            stored[i] = default(T).Of(x[i]);
            y[i] = stored[i].Value;
        }
    }

    private static int[] Bits(float[] values) => [.. MemoryMarshal.Cast<float, int>(values)];
}
