using ILGPU;

namespace DoRA.Kernels.ClsToken;

/// <summary>One thread an element.</summary>
internal sealed class CudaClsToken(CudaDevice device) : ClsTokenKernels
{
    private readonly CudaKernel _forward = device.Kernel(Take), _backward = device.Kernel(Spread), _add = device.Kernel(Add);

    public override void Forward(DeviceSpan y, DeviceSpan x, int views, int tokens, int width) =>
        _forward.Launch(CudaDevice.Groups((long)views * width), CudaDevice.GroupSize, y, x, views * width, tokens, width);

    public override void Backward(DeviceSpan dX, DeviceSpan dY, int views, int tokens, int width, bool accumulate)
    {
        if (accumulate)
        {
            _add.Launch(CudaDevice.Groups((long)views * width), CudaDevice.GroupSize, dX, dY, views * width, tokens, width);
        }
        else
        {
            _backward.Launch(CudaDevice.Groups((long)views * tokens * width), CudaDevice.GroupSize, dX, dY, views * tokens * width,
                tokens, width);
        }
    }

    private static void Take(ArrayView<float> y, ArrayView<float> x, int length, int tokens, int width)
    {
        int i = Grid.GlobalIndex.X;
        if (i < length)
        {
            y[i] = x[((long)(i / width) * tokens * width) + (i % width)];
        }
    }

    private static void Add(ArrayView<float> dX, ArrayView<float> dY, int length, int tokens, int width)
    {
        int i = Grid.GlobalIndex.X;
        if (i < length)
        {
            dX[((long)(i / width) * tokens * width) + (i % width)] += dY[i];
        }
    }

    private static void Spread(ArrayView<float> dX, ArrayView<float> dY, int length, int tokens, int width)
    {
        int i = Grid.GlobalIndex.X;
        if (i < length)
        {
            int row = i / width;
            dX[i] = row % tokens == 0 ? dY[((long)(row / tokens) * width) + (i % width)] : 0;
        }
    }
}
