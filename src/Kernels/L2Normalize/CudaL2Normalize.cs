using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.L2Normalize;

/// <summary>A warp a row. The second reading of a row finds it in the first cache.</summary>
internal sealed class CudaL2Normalize(CudaDevice device) : L2NormalizeKernels
{
    private readonly CudaKernel _forward = device.Kernel(Normalize), _backward = device.Kernel(Project);

    public override void Forward(DeviceSpan y, DeviceSpan inverseNorm, DeviceSpan x, int rows, int width) =>
        _forward.Launch(CudaWarp.Groups(rows), CudaWarp.GroupSize, y, inverseNorm, x, rows, width);

    public override void Backward(DeviceSpan dX, DeviceSpan dY, DeviceSpan y, DeviceSpan inverseNorm, int rows, int width) =>
        _backward.Launch(CudaWarp.Groups(rows), CudaWarp.GroupSize, dX, dY, y, inverseNorm, rows, width);

    private static void Normalize(ArrayView<float> y, ArrayView<float> inverseNorm, ArrayView<float> x, int rows, int width)
    {
        int row = CudaWarp.Row;
        if (row >= rows)
        {
            return;
        }

        long at = (long)row * width;
        float norm = MathF.Sqrt(CudaWarp.Dot(x, at, x, at, width));
        // Not a maximum: that would pass over a NaN.
        float inverse = 1 / (norm < Epsilon ? Epsilon : norm);
        for (int i = Warp.LaneIdx; i < width; i += CudaWarp.Lanes)
        {
            y[at + i] = x[at + i] * inverse;
        }

        if (Warp.LaneIdx == 0)
        {
            inverseNorm[row] = inverse;
        }
    }

    private static void Project(ArrayView<float> dX, ArrayView<float> dY, ArrayView<float> y, ArrayView<float> inverseNorm, int rows,
        int width)
    {
        int row = CudaWarp.Row;
        if (row >= rows)
        {
            return;
        }

        long at = (long)row * width;
        float along = CudaWarp.Dot(dY, at, y, at, width), inverse = inverseNorm[row];
        for (int i = Warp.LaneIdx; i < width; i += CudaWarp.Lanes)
        {
            dX[at + i] = inverse * (dY[at + i] - (along * y[at + i]));
        }
    }
}
