using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.LayerNorm;

/// <summary>
/// A warp a row, which it reads from memory once and then from the first cache. Backward's warps take many rows each and sum dWeight and
/// dBias over them in shared memory; a second kernel adds up the groups' sums, in their order.
/// </summary>
internal sealed class CudaLayerNorm(CudaDevice device) : LayerNormKernels
{
    /// <summary>Enough for every multiprocessor, few enough that the second kernel is short.</summary>
    private const int MostGroups = 256;

    private readonly CudaKernel _forward = device.Kernel(Normalize), _backward = device.Kernel(Gradients),
        _combine = device.Kernel(Combine);

    public override void Forward(DeviceSpan y, DeviceSpan mean, DeviceSpan rstd, DeviceSpan x, DeviceSpan weight, DeviceSpan bias, int rows,
        int width, float epsilon) =>
        _forward.Launch(CudaWarp.Groups(rows), CudaWarp.GroupSize, y, mean, rstd, x, weight, bias, rows, width, epsilon);

    public override void Backward(DeviceSpan dX, DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dY, DeviceSpan x, DeviceSpan mean,
        DeviceSpan rstd, DeviceSpan weight, int rows, int width, bool accumulateInput, bool accumulateWeights)
    {
        int sumBytes = 2 * width * sizeof(float), warps = Math.Min(CudaWarp.PerGroup, CudaKernel.SharedBytes / sumBytes);
        if (warps == 0)
        {
            throw new ArgumentException($"Rows of {width} do not fit; the widest is {CudaKernel.SharedBytes / (2 * sizeof(float))}.",
                nameof(width));
        }

        int groups = Math.Min((rows + warps - 1) / warps, MostGroups);
        DeviceSpan sums = device.Scratch(2L * groups * width);
        _backward.LaunchShared(groups, warps * CudaWarp.Lanes, warps * sumBytes, dX, sums, dY, x, mean, rstd, weight, rows, width,
            accumulateInput);
        _combine.Launch(CudaDevice.Groups(2L * width), CudaDevice.GroupSize, dWeight, dBias, sums, groups, width, accumulateWeights);
    }

    private static void Normalize(ArrayView<float> y, ArrayView<float> mean, ArrayView<float> rstd, ArrayView<float> x,
        ArrayView<float> weight, ArrayView<float> bias, int rows, int width, float epsilon)
    {
        int row = CudaWarp.Row;
        if (row >= rows)
        {
            return;
        }

        long at = (long)row * width;
        float sum = 0;
        for (int i = Warp.LaneIdx; i < width; i += CudaWarp.Lanes)
        {
            sum += x[at + i];
        }

        float center = CudaWarp.Sum(sum) / width;
        sum = 0;
        for (int i = Warp.LaneIdx; i < width; i += CudaWarp.Lanes)
        {
            float deviation = x[at + i] - center;
            sum += deviation * deviation;
        }

        float scale = 1 / MathF.Sqrt((CudaWarp.Sum(sum) / width) + epsilon);
        for (int i = Warp.LaneIdx; i < width; i += CudaWarp.Lanes)
        {
            y[at + i] = ((x[at + i] - center) * scale * weight[i]) + bias[i];
        }

        if (Warp.LaneIdx == 0)
        {
            mean[row] = center;
            rstd[row] = scale;
        }
    }

    /// <summary>Writes dX and sums [groups, 2, width]: each group's share of dWeight and dBias.</summary>
    private static void Gradients(ArrayView<float> dX, ArrayView<float> sums, ArrayView<float> dY, ArrayView<float> x,
        ArrayView<float> mean, ArrayView<float> rstd, ArrayView<float> weight, int rows, int width, int accumulate)
    {
        ArrayView<float> shared = SharedMemory.GetDynamic<float>();
        int warps = Group.DimX / CudaWarp.Lanes, warp = Group.IdxX / CudaWarp.Lanes;

        // A lane adds to its own columns of its warp's sums only: no barrier is needed before the end.
        int own = 2 * warp * width;
        for (int i = Warp.LaneIdx; i < width; i += CudaWarp.Lanes)
        {
            shared[own + i] = 0;
            shared[own + width + i] = 0;
        }

        for (int row = (Grid.IdxX * warps) + warp; row < rows; row += Grid.DimX * warps)
        {
            long at = (long)row * width;
            float center = mean[row], scale = rstd[row], sumG = 0, sumGX = 0;
            for (int i = Warp.LaneIdx; i < width; i += CudaWarp.Lanes)
            {
                float gradient = dY[at + i], normalized = (x[at + i] - center) * scale, g = gradient * weight[i];
                shared[own + i] += gradient * normalized;
                shared[own + width + i] += gradient;
                sumG += g;
                sumGX += g * normalized;
            }

            float meanG = CudaWarp.Sum(sumG) / width, meanGX = CudaWarp.Sum(sumGX) / width;
            for (int i = Warp.LaneIdx; i < width; i += CudaWarp.Lanes)
            {
                float normalized = (x[at + i] - center) * scale;
                float value = scale * ((dY[at + i] * weight[i]) - meanG - (normalized * meanGX));
                dX[at + i] = accumulate != 0 ? dX[at + i] + value : value;
            }
        }

        Group.Barrier();
        for (int i = Group.IdxX; i < 2 * width; i += Group.DimX)
        {
            float sum = 0;
            for (int other = 0; other < warps; other++)
            {
                sum += shared[(2 * other * width) + i];
            }

            sums[(2L * Grid.IdxX * width) + i] = sum;
        }
    }

    private static void Combine(ArrayView<float> dWeight, ArrayView<float> dBias, ArrayView<float> sums, int groups, int width,
        int accumulate)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= 2 * width)
        {
            return;
        }

        float sum = 0;
        for (int group = 0; group < groups; group++)
        {
            sum += sums[(2L * group * width) + i];
        }

        ArrayView<float> target = i < width ? dWeight : dBias;
        int column = i < width ? i : i - width;
        target[column] = accumulate != 0 ? target[column] + sum : sum;
    }
}
