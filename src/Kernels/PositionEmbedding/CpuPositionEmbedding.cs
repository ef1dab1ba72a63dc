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
        threads.Run((size.Embedding + Columns - 1) / Columns, part => body(x, y, part * Columns, Math.Min((part + 1) * Columns, size.Embedding)));
    }

    private static void Gather(float* output, float* input, int at, CubicTaps x, CubicTaps y, PositionEmbeddingSize size, int fromColumn, int toColumn)
    {
        float* to = output + ((1L + at) * size.Embedding);
        int column = fromColumn;
        for (; column <= toColumn - VectorRow.Lanes; column += VectorRow.Lanes)
        {
            Vector512<float> sum = default;
            for (int tap = 0; tap < 16; tap++)
            {
                (long source, float weight) = Tap(at, tap, x, y, size);
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(input + source + column), Vector512.Create(weight), sum);
            }

            Vector512.Store(sum, to + column);
        }

        for (; column < toColumn; column++)
        {
            float sum = 0;
            for (int tap = 0; tap < 16; tap++)
            {
                (long source, float weight) = Tap(at, tap, x, y, size);
                sum += input[source + column] * weight;
            }

            to[column] = sum;
        }
    }

    private static void Scatter(float* dInput, float* dOutput, int at, CubicTaps x, CubicTaps y, PositionEmbeddingSize size, int fromColumn, int toColumn)
    {
        float* from = dOutput + ((1L + at) * size.Embedding);
        for (int tap = 0; tap < 16; tap++)
        {
            (long source, float weight) = Tap(at, tap, x, y, size);
            int column = fromColumn;
            for (; column <= toColumn - VectorRow.Lanes; column += VectorRow.Lanes)
            {
                float* to = dInput + source + column;
                Vector512.Store(Vector512.FusedMultiplyAdd(Vector512.Load(from + column), Vector512.Create(weight), Vector512.Load(to)), to);
            }

            for (; column < toColumn; column++)
            {
                dInput[source + column] += from[column] * weight;
            }
        }
    }

    /// <summary>Where tap 0 … 15 of output patch <paramref name="at"/> begins in the table, and its weight.</summary>
    private static (long Source, float Weight) Tap(int at, int tap, CubicTaps x, CubicTaps y, PositionEmbeddingSize size)
    {
        int row = (4 * (at / size.GridWidth)) + (tap / 4), column = (4 * (at % size.GridWidth)) + (tap % 4);
        return ((1L + (y.Indices[row] * size.SourceGrid) + x.Indices[column]) * size.Embedding, y.Weights[row] * x.Weights[column]);
    }
}
