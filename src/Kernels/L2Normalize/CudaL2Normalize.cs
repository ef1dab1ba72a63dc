using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.L2Normalize;

/// <summary>A warp a row, a bottleneck of some hundred numbers, whose second reading finds it in the first cache.</summary>
internal sealed class CudaL2Normalize(CudaDevice device) : L2NormalizeKernels
{
    private readonly CudaRowKernel
        _forward = new(device, Normalize<Float32, Float4>, Normalize<Float32, Float1>, Normalize<BFloat16, Float4>, Normalize<BFloat16, Float1>),
        _backward = new(device, Project<Float32, Float4>, Project<Float32, Float1>, Project<BFloat16, Float4>, Project<BFloat16, Float1>);

    public override void Forward(DeviceSpan y, DeviceSpan inverseNorm, DeviceSpan x, int rows, int width) =>
        _forward.For(width, y, x).Kernel.Launch(CudaWarp.Groups(rows), CudaWarp.GroupSize, y, inverseNorm, x, rows, width);

    public override void Backward(DeviceSpan dX, DeviceSpan dY, DeviceSpan y, DeviceSpan inverseNorm, int rows, int width) =>
        _backward.For(width, dX, dY, y).Kernel.Launch(CudaWarp.Groups(rows), CudaWarp.GroupSize, dX, dY, y, inverseNorm, rows, width);

    private static void Normalize<T, TVector>(ArrayView<T> y, ArrayView<float> inverseNorm, ArrayView<T> x, int rows, int width)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        int row = CudaWarp.Row;
        if (row >= rows)
        {
            return;
        }

        long at = (long)row * width;
        float norm = MathF.Sqrt(CudaWarp.Dot<TVector, T, T>(x, at, x, at, width));
        // Not a maximum: that would pass over a NaN.
        float inverse = 1 / (norm < Epsilon ? Epsilon : norm);
        for (int i = Warp.LaneIdx * vector.Length; i < width; i += CudaWarp.Lanes * vector.Length)
        {
            vector.Load(x, at + i).Times(vector.All(inverse)).Store(y, at + i);
        }

        if (Warp.LaneIdx == 0)
        {
            inverseNorm[row] = inverse;
        }
    }

    private static void Project<T, TVector>(ArrayView<T> dX, ArrayView<T> dY, ArrayView<T> y, ArrayView<float> inverseNorm, int rows,
        int width)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        int row = CudaWarp.Row;
        if (row >= rows)
        {
            return;
        }

        long at = (long)row * width;
        TVector along = vector.All(CudaWarp.Dot<TVector, T, T>(dY, at, y, at, width)), inverse = vector.All(inverseNorm[row]);
        for (int i = Warp.LaneIdx * vector.Length; i < width; i += CudaWarp.Lanes * vector.Length)
        {
            inverse.Times(vector.Load(dY, at + i).Minus(along.Times(vector.Load(y, at + i)))).Store(dX, at + i);
        }
    }
}
