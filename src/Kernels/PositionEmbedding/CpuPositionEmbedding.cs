using System.Runtime.Intrinsics;
using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.PositionEmbedding;

/// <summary>Shared out by columns, so that backward's overlapping sums need no locks.</summary>
internal sealed unsafe class CpuPositionEmbedding(CpuThreads threads) : PositionEmbeddingKernels
{
    /// <summary>Columns a part: a whole number of cache lines.</summary>
    private const int Columns = 64;

    public override void Forward(DeviceSpan resized, DeviceSpan table, PositionEmbeddingSize size)
    {
        float* output = resized.Floats(), input = table.Floats();
        if (size.IsNative)
        {
            VectorRow.Copy(output, input, (1L + (size.SourceGrid * size.SourceGrid)) * size.Embedding);
            return;
        }

        Run(size, (x, y, fromColumn, toColumn) =>
        {
            VectorRow.Copy(output + fromColumn, input + fromColumn, toColumn - fromColumn);
            for (int at = 0; at < size.GridHeight * size.GridWidth; at++)
            {
                Gather(output, input, at, x, y, size, fromColumn, toColumn);
            }
        });
    }

    public override void Backward(DeviceSpan dTable, DeviceSpan dResized, PositionEmbeddingSize size, bool accumulate)
    {
        float* dInput = dTable.Floats(), dOutput = dResized.Floats();
        long tableLength = (1L + (size.SourceGrid * size.SourceGrid)) * size.Embedding;
        if (!accumulate)
        {
            VectorRow.Clear(dInput, tableLength);
        }

        if (size.IsNative)
        {
            for (long at = 0; at < tableLength; at += size.Embedding)
            {
                VectorRow.Add(dInput + at, dOutput + at, size.Embedding);
            }

            return;
        }

        Run(size, (x, y, fromColumn, toColumn) =>
        {
            VectorRow.Add(dInput + fromColumn, dOutput + fromColumn, toColumn - fromColumn);
            for (int at = 0; at < size.GridHeight * size.GridWidth; at++)
            {
                Scatter(dInput, dOutput, at, x, y, size, fromColumn, toColumn);
            }
        });
    }

    private void Run(PositionEmbeddingSize size, Action<CubicTaps, CubicTaps, int, int> body)
    {
        CubicTaps x = new(size.SourceGrid, size.GridWidth), y = new(size.SourceGrid, size.GridHeight);
        threads.Run((size.Embedding + Columns - 1) / Columns,
            part => body(x, y, part * Columns, Math.Min((part + 1) * Columns, size.Embedding)));
    }

    private static void Gather(float* output, float* input, int at, CubicTaps x, CubicTaps y, PositionEmbeddingSize size, int fromColumn,
        int toColumn)
    {
        long* sources = stackalloc long[16];
        float* weights = stackalloc float[16];
        Taps(sources, weights, at, x, y, size);
        float* to = output + ((1L + at) * size.Embedding);
        int column = fromColumn;
        for (; column <= toColumn - VectorRow.Lanes; column += VectorRow.Lanes)
        {
            Vector512<float> sum = default;
            for (int tap = 0; tap < 16; tap++)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(input + sources[tap] + column), Vector512.Create(weights[tap]), sum);
            }

            Vector512.Store(sum, to + column);
        }

        for (; column < toColumn; column++)
        {
            float sum = 0;
            for (int tap = 0; tap < 16; tap++)
            {
                sum += input[sources[tap] + column] * weights[tap];
            }

            to[column] = sum;
        }
    }

    private static void Scatter(float* dInput, float* dOutput, int at, CubicTaps x, CubicTaps y, PositionEmbeddingSize size, int fromColumn,
        int toColumn)
    {
        long* sources = stackalloc long[16];
        float* weights = stackalloc float[16];
        Taps(sources, weights, at, x, y, size);
        float* from = dOutput + ((1L + at) * size.Embedding);
        for (int tap = 0; tap < 16; tap++)
        {
            float* to = dInput + sources[tap];
            int column = fromColumn;
            for (; column <= toColumn - VectorRow.Lanes; column += VectorRow.Lanes)
            {
                Vector512.Store(Vector512.FusedMultiplyAdd(Vector512.Load(from + column), Vector512.Create(weights[tap]),
                    Vector512.Load(to + column)), to + column);
            }

            for (; column < toColumn; column++)
            {
                to[column] += from[column] * weights[tap];
            }
        }
    }

    /// <summary>Where the 16 samples of output patch <paramref name="at"/> begin in the table, and their weights.</summary>
    private static void Taps(long* sources, float* weights, int at, CubicTaps x, CubicTaps y, PositionEmbeddingSize size)
    {
        for (int tap = 0; tap < 16; tap++)
        {
            int row = (4 * (at / size.GridWidth)) + (tap / 4), column = (4 * (at % size.GridWidth)) + (tap % 4);
            sources[tap] = (1L + (y.Indices[row] * size.SourceGrid) + x.Indices[column]) * size.Embedding;
            weights[tap] = y.Weights[row] * x.Weights[column];
        }
    }
}
