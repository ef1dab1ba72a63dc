using ILGPU;

namespace DoRA.Kernels.PositionEmbedding;

/// <summary>
/// Bicubic interpolation is <c>R = A T Bᵀ</c> over the grid, with A [rows, source] and B [columns, source] mostly zero; its transpose swaps
/// their sides. One kernel serves both: a thread an element of the result gathers what it is made of, so backward needs no atomics.
/// </summary>
internal sealed class CudaPositionEmbedding(CudaDevice device) : PositionEmbeddingKernels
{
    private readonly Dictionary<(int Source, int Outputs), KernelArgument> _matrices = [];
    private readonly CudaKernel _interpolate = device.Kernel(Interpolate), _add = device.Kernel(Add);

    public override void Forward(DeviceSpan resized, DeviceSpan table, PositionEmbeddingSize size)
    {
        if (size.IsNative)
        {
            device.Copy(resized, table);
            return;
        }

        KernelArgument rows = Matrix(size.SourceGrid, size.GridHeight), columns = Matrix(size.SourceGrid, size.GridWidth);
        _interpolate.Launch(CudaDevice.Groups((1L + (size.GridHeight * size.GridWidth)) * size.Embedding), CudaDevice.GroupSize, resized,
            table, rows, columns, KernelArgument.Of(new Grids(size.GridHeight, size.GridWidth, size.SourceGrid, size.SourceGrid)),
            size.SourceGrid, 1, size.Embedding, false);
    }

    public override void Backward(DeviceSpan dTable, DeviceSpan dResized, PositionEmbeddingSize size, bool accumulate)
    {
        int length = (1 + (size.SourceGrid * size.SourceGrid)) * size.Embedding;
        if (!size.IsNative)
        {
            KernelArgument rows = Matrix(size.SourceGrid, size.GridHeight), columns = Matrix(size.SourceGrid, size.GridWidth);
            _interpolate.Launch(CudaDevice.Groups(length), CudaDevice.GroupSize, dTable, dResized, rows, columns,
                KernelArgument.Of(new Grids(size.SourceGrid, size.SourceGrid, size.GridHeight, size.GridWidth)), 1, size.SourceGrid,
                size.Embedding, accumulate);
        }
        else if (accumulate)
        {
            _add.Launch(CudaDevice.Groups(length), CudaDevice.GroupSize, dTable, dResized, length);
        }
        else
        {
            device.Copy(dTable, dResized);
        }
    }

    /// <summary>The taps of one axis as a matrix [outputs, source]; taps that the edge lays on one sample are summed.</summary>
    private KernelArgument Matrix(int source, int outputs)
    {
        if (_matrices.TryGetValue((source, outputs), out KernelArgument held))
        {
            return held;
        }

        CubicTaps taps = new(source, outputs);
        float[] matrix = new float[outputs * source];
        for (int tap = 0; tap < taps.Indices.Length; tap++)
        {
            matrix[(tap / 4 * source) + taps.Indices[tap]] += taps.Weights[tap];
        }

        return _matrices[(source, outputs)] = device.Table<float>(matrix, $"taps from {source} to {outputs}");
    }

    /// <param name="toStride">Distance in a matrix between neighbours of the result's grid, and</param>
    /// <param name="fromStride">of the operand's.</param>
    private static void Interpolate(ArrayView<float> result, ArrayView<float> operand, ArrayView<float> rows, ArrayView<float> columns,
        Grids grids, int toStride, int fromStride, int width, int accumulate)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= (1 + (grids.ToHeight * grids.ToWidth)) * width)
        {
            return;
        }

        int place = (i / width) - 1, column = i % width;
        float sum = 0;
        if (place < 0)
        {
            sum = operand[column];
        }
        else
        {
            int toRow = place / grids.ToWidth, toColumn = place % grids.ToWidth;
            for (int row = 0; row < grids.FromHeight; row++)
            {
                float rowWeight = rows[(toRow * toStride) + (row * fromStride)];
                if (rowWeight == 0)
                {
                    continue;
                }

                float rowSum = 0;
                for (int at = 0; at < grids.FromWidth; at++)
                {
                    float weight = columns[(toColumn * toStride) + (at * fromStride)];
                    if (weight != 0)
                    {
                        rowSum += weight * operand[((1 + (row * grids.FromWidth) + at) * width) + column];
                    }
                }

                sum += rowWeight * rowSum;
            }
        }

        result[i] = accumulate != 0 ? result[i] + sum : sum;
    }

    private static void Add(ArrayView<float> sum, ArrayView<float> term, int length)
    {
        int i = Grid.GlobalIndex.X;
        if (i < length)
        {
            sum[i] += term[i];
        }
    }

    /// <summary>Sides of the result's grid and of the operand's.</summary>
    private readonly record struct Grids(int ToHeight, int ToWidth, int FromHeight, int FromWidth);
}
