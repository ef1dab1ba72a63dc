using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.LayerNorm;

/// <summary>
/// A warp a row, which it reads from memory once: each lane keeps its own elements in shared memory, so that no barrier is needed.
/// Backward's warps take many rows each and sum dWeight and dBias over them likewise; a second kernel adds up the groups' sums, in their
/// order.
/// </summary>
internal sealed class CudaLayerNorm(CudaDevice device) : LayerNormKernels
{
    /// <summary>Enough for every multiprocessor, few enough that the second kernel is short.</summary>
    private const int MostGroups = 256;

    /// <summary>Rows of shared memory that a warp needs: forward its own; backward x̂, g, and the sums of dWeight and dBias.</summary>
    private const int ForwardRows = 1, BackwardRows = 4;

    private readonly CudaRowKernel
        _forward = new(device, Normalize<Float32, Float4>, Normalize<Float32, Float1>, Normalize<BFloat16, Float4>, Normalize<BFloat16, Float1>),
        _backward = new(device, Gradients<Float32, Float4>, Gradients<Float32, Float1>, Gradients<BFloat16, Float4>, Gradients<BFloat16, Float1>);

    private readonly CudaKernel _combine = device.Kernel(Combine);

    public override void Forward(DeviceSpan y, DeviceSpan mean, DeviceSpan rstd, DeviceSpan x, DeviceSpan weight, DeviceSpan bias, int rows,
        int width, float epsilon)
    {
        int warps = Warps(ForwardRows, width, out int sharedBytes);
        _forward.For(width, y, x, weight, bias).Kernel.LaunchShared((rows + warps - 1) / warps, warps * CudaWarp.Lanes, sharedBytes, y, mean,
            rstd, x, weight, bias, rows, width, epsilon);
    }

    public override void Backward(DeviceSpan dX, DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dY, DeviceSpan x, DeviceSpan mean,
        DeviceSpan rstd, DeviceSpan weight, int rows, int width, bool accumulateInput, bool accumulateWeights)
    {
        int warps = Warps(BackwardRows, width, out int sharedBytes), groups = Math.Min((rows + warps - 1) / warps, MostGroups);
        DeviceSpan sums = device.Scratch(2L * groups * width);
        _backward.For(width, dX, dY, x, weight).Kernel.LaunchShared(groups, warps * CudaWarp.Lanes, sharedBytes, dX, sums, dY, x, mean, rstd,
            weight, rows, width, accumulateInput);
        _combine.Launch(CudaSlices.Groups(2 * width, 1), CudaSlices.GroupSize, dWeight, dBias, sums, groups, width, accumulateWeights);
    }

    /// <summary>The most warps a group whose rows fit in shared memory.</summary>
    private int Warps(int rowsPerWarp, int width, out int sharedBytes)
    {
        int warpBytes = rowsPerWarp * width * sizeof(float);
        // What every card gives leaves room for other groups; a row that does not fit there takes what it needs.
        int warps = Math.Clamp(CudaKernel.SharedBytes / warpBytes, 1, CudaWarp.PerGroup);
        sharedBytes = warps * warpBytes;
        return sharedBytes <= device.Driver.SharedBytesPerGroup ? warps : throw new ArgumentException(
            $"Rows of {width} do not fit; the widest is {device.Driver.SharedBytesPerGroup / (rowsPerWarp * sizeof(float))}.", nameof(width));
    }

    private static void Normalize<T, TVector>(ArrayView<T> y, ArrayView<float> mean, ArrayView<float> rstd, ArrayView<T> x,
        ArrayView<Float32> weight, ArrayView<Float32> bias, int rows, int width, float epsilon)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        ArrayView<Float32> kept = SharedMemory.GetDynamic<Float32>();
        int warp = Group.IdxX / CudaWarp.Lanes, row = (Grid.IdxX * (Group.DimX / CudaWarp.Lanes)) + warp, own = warp * width;
        int first = Warp.LaneIdx * vector.Length, step = CudaWarp.Lanes * vector.Length;
        if (row >= rows)
        {
            return;
        }

        long at = (long)row * width;
        TVector sum = vector.All(0);
        for (int i = first; i < width; i += step)
        {
            TVector value = vector.Load(x, at + i);
            value.Store(kept, own + i);
            sum = sum.Plus(value);
        }

        float center = CudaWarp.Sum(sum.Sum) / width;
        TVector centers = vector.All(center);
        sum = vector.All(0);
        for (int i = first; i < width; i += step)
        {
            TVector deviation = vector.Load(kept, own + i).Minus(centers);
            sum = sum.Plus(deviation.Times(deviation));
        }

        float scale = 1 / MathF.Sqrt((CudaWarp.Sum(sum.Sum) / width) + epsilon);
        TVector scales = vector.All(scale);
        for (int i = first; i < width; i += step)
        {
            TVector normalized = vector.Load(kept, own + i).Minus(centers).Times(scales);
            normalized.Times(vector.Load(weight, i)).Plus(vector.Load(bias, i)).Store(y, at + i);
        }

        if (Warp.LaneIdx == 0)
        {
            mean[row] = center;
            rstd[row] = scale;
        }
    }

    /// <summary>Writes dX and sums [groups, 2, width]: each group's share of dWeight and dBias.</summary>
    private static void Gradients<T, TVector>(ArrayView<T> dX, ArrayView<float> sums, ArrayView<T> dY, ArrayView<T> x,
        ArrayView<float> mean, ArrayView<float> rstd, ArrayView<Float32> weight, int rows, int width, int accumulate)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        ArrayView<Float32> kept = SharedMemory.GetDynamic<Float32>();
        int warps = Group.DimX / CudaWarp.Lanes, warp = Group.IdxX / CudaWarp.Lanes;
        int first = Warp.LaneIdx * vector.Length, step = CudaWarp.Lanes * vector.Length;
        int normalizedAt = BackwardRows * warp * width, gAt = normalizedAt + width, weightAt = gAt + width, biasAt = weightAt + width;
        for (int i = first; i < width; i += step)
        {
            vector.All(0).Store(kept, weightAt + i);
            vector.All(0).Store(kept, biasAt + i);
        }

        for (int row = (Grid.IdxX * warps) + warp; row < rows; row += Grid.DimX * warps)
        {
            long at = (long)row * width;
            float scale = rstd[row];
            TVector centers = vector.All(mean[row]), scales = vector.All(scale), sumG = vector.All(0), sumGX = vector.All(0);
            for (int i = first; i < width; i += step)
            {
                TVector gradient = vector.Load(dY, at + i), normalized = vector.Load(x, at + i).Minus(centers).Times(scales),
                    g = gradient.Times(vector.Load(weight, i));
                vector.Load(kept, weightAt + i).Plus(gradient.Times(normalized)).Store(kept, weightAt + i);
                vector.Load(kept, biasAt + i).Plus(gradient).Store(kept, biasAt + i);
                normalized.Store(kept, normalizedAt + i);
                g.Store(kept, gAt + i);
                sumG = sumG.Plus(g);
                sumGX = sumGX.Plus(g.Times(normalized));
            }

            TVector meanG = vector.All(CudaWarp.Sum(sumG.Sum) / width), meanGX = vector.All(CudaWarp.Sum(sumGX.Sum) / width);
            for (int i = first; i < width; i += step)
            {
                TVector along = vector.Load(kept, normalizedAt + i).Times(meanGX),
                    value = scales.Times(vector.Load(kept, gAt + i).Minus(meanG).Minus(along));
                if (accumulate != 0)
                {
                    value = value.Plus(vector.Load(dX, at + i));
                }

                value.Store(dX, at + i);
            }
        }

        Group.Barrier();
        for (int i = Group.IdxX; i < 2 * width; i += Group.DimX)
        {
            float sum = 0;
            for (int other = 0; other < warps; other++)
            {
                sum += kept[(((BackwardRows * other) + 2) * width) + i].Value;
            }

            sums[(2L * Grid.IdxX * width) + i] = sum;
        }
    }

    private static void Combine(ArrayView<float> dWeight, ArrayView<float> dBias, ArrayView<float> sums, int groups, int width,
        int accumulate)
    {
        int column = (Grid.IdxX * CudaWarp.Lanes) + Warp.LaneIdx;
        float sum = CudaSlices.ColumnSum(sums, groups, 2 * width, column);
        if (Group.IdxX < CudaWarp.Lanes && column < 2 * width)
        {
            ArrayView<float> target = column < width ? dWeight : dBias;
            column = column < width ? column : column - width;
            target[column] = accumulate != 0 ? target[column] + sum : sum;
        }
    }
}
