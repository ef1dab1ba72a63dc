using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.ClsToken;

/// <summary>One thread a vector of elements.</summary>
internal sealed class CudaClsToken(CudaDevice device) : ClsTokenKernels
{
    private readonly CudaRowKernel
        _forward = new(device, Take<Float32, Float4>, Take<Float32, Float1>, Take<BFloat16, Float4>, Take<BFloat16, Float1>),
        _backward = new(device, Spread<Float32, Float4>, Spread<Float32, Float1>, Spread<BFloat16, Float4>, Spread<BFloat16, Float1>),
        _add = new(device, Add<Float32, Float4>, Add<Float32, Float1>, Add<BFloat16, Float4>, Add<BFloat16, Float1>);

    public override void Forward(DeviceSpan y, DeviceSpan x, int views, int tokens, int width) =>
        Launch(_forward, y, x, views * width, tokens, width);

    public override void Backward(DeviceSpan dX, DeviceSpan dY, int views, int tokens, int width, bool accumulate) =>
        Launch(accumulate ? _add : _backward, dX, dY, accumulate ? views * width : views * tokens * width, tokens, width);

    private static void Launch(CudaRowKernel rows, DeviceSpan target, DeviceSpan source, int length, int tokens, int width)
    {
        (CudaKernel kernel, int elements) = rows.For(width, target, source);
        kernel.Launch(CudaDevice.Groups(length / elements), CudaDevice.GroupSize, target, source, length, tokens, width);
    }

    private static void Take<T, TVector>(ArrayView<T> y, ArrayView<T> x, int length, int tokens, int width)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        int i = Grid.GlobalIndex.X * vector.Length;
        if (i < length)
        {
            vector.Load(x, ((long)(i / width) * tokens * width) + (i % width)).Store(y, i);
        }
    }

    private static void Add<T, TVector>(ArrayView<T> dX, ArrayView<T> dY, int length, int tokens, int width)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        int i = Grid.GlobalIndex.X * vector.Length;
        if (i < length)
        {
            long at = ((long)(i / width) * tokens * width) + (i % width);
            vector.Load(dX, at).Plus(vector.Load(dY, i)).Store(dX, at);
        }
    }

    private static void Spread<T, TVector>(ArrayView<T> dX, ArrayView<T> dY, int length, int tokens, int width)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        int i = Grid.GlobalIndex.X * vector.Length;
        if (i < length)
        {
            int row = i / width;
            TVector value = vector.All(0);
            if (row % tokens == 0)
            {
                value = vector.Load(dY, ((long)(row / tokens) * width) + (i % width));
            }

            value.Store(dX, i);
        }
    }
}
