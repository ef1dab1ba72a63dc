using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.LayerNorm;

/// <summary>A row is read from memory once and stays in the first cache for the sweeps over it.</summary>
internal sealed unsafe class CpuLayerNorm(CpuThreads threads) : LayerNormKernels
{
    public override void Forward(DeviceSpan y, DeviceSpan mean, DeviceSpan rstd, DeviceSpan x, DeviceSpan weight, DeviceSpan bias, int rows,
        int width, float epsilon)
    {
        float* output = y.Floats(), means = mean.Floats(), rstds = rstd.Floats(), input = x.Floats(), w = weight.Floats(),
            b = bias.Floats();
        WorkParts parts = new(rows, width);
        threads.Run(parts.Count, part =>
        {
            for (int row = parts.Start(part); row < parts.End(part); row++)
            {
                float* from = input + ((long)row * width);
                means[row] = VectorRow.Sum(from, width) / width;
                rstds[row] = 1 / MathF.Sqrt((SquaredDeviation(from, means[row], width) / width) + epsilon);
                Normalize(output + ((long)row * width), from, means[row], rstds[row], w, b, width);
            }
        });
    }

    public override void Backward(DeviceSpan dX, DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dY, DeviceSpan x, DeviceSpan mean,
        DeviceSpan rstd, DeviceSpan weight, int rows, int width, bool accumulateInput, bool accumulateWeights)
    {
        float* dInput = dX.Floats(), dOutput = dY.Floats(), input = x.Floats(), means = mean.Floats(), rstds = rstd.Floats(),
            w = weight.Floats();
        WorkParts parts = new(rows, 2 * width);
        float* sums = threads.Scratch(2L * parts.Count * width);
        threads.Run(parts.Count, part =>
        {
            float* dW = sums + (2L * part * width), dB = dW + width;
            VectorRow.Clear(dW, 2 * width);
            for (int row = parts.Start(part); row < parts.End(part); row++)
            {
                long at = (long)row * width;
                (float g, float gx) = Reduce(dW, dB, dOutput + at, input + at, means[row], rstds[row], w, width);
                InputGradient(dInput + at, dOutput + at, input + at, means[row], rstds[row], w, g / width, gx / width, width,
                    accumulateInput);
            }
        });

        Combine(dWeight.Floats(), sums, parts.Count, width, accumulateWeights);
        Combine(dBias.Floats(), sums + width, parts.Count, width, accumulateWeights);
    }

    private static float SquaredDeviation(float* x, float mean, int width)
    {
        Vector512<float> center = Vector512.Create(mean), sum = default;
        int i = 0;
        for (; i <= width - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512<float> deviation = Vector512.Load(x + i) - center;
            sum = Vector512.FusedMultiplyAdd(deviation, deviation, sum);
        }

        float total = Vector512.Sum(sum);
        for (; i < width; i++)
        {
            total += (x[i] - mean) * (x[i] - mean);
        }

        return total;
    }

    private static void Normalize(float* y, float* x, float mean, float rstd, float* weight, float* bias, int width)
    {
        Vector512<float> center = Vector512.Create(mean), scale = Vector512.Create(rstd);
        int i = 0;
        for (; i <= width - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512<float> normalized = (Vector512.Load(x + i) - center) * scale;
            Vector512.Store(Vector512.FusedMultiplyAdd(normalized, Vector512.Load(weight + i), Vector512.Load(bias + i)), y + i);
        }

        if (i < width)
        {
            int rest = width - i;
            Vector512<float> normalized = (VectorRow.LoadTail(x + i, rest) - center) * scale;
            VectorRow.StoreTail(Vector512.FusedMultiplyAdd(normalized, VectorRow.LoadTail(weight + i, rest),
                VectorRow.LoadTail(bias + i, rest)), y + i, rest);
        }
    }

    /// <summary>Adds the row's share to dW and dB and returns Σ g and Σ g x̂.</summary>
    private static (float G, float GX) Reduce(float* dW, float* dB, float* dY, float* x, float mean, float rstd, float* weight, int width)
    {
        Vector512<float> center = Vector512.Create(mean), scale = Vector512.Create(rstd), sumG = default, sumGX = default;
        int i = 0;
        for (; i <= width - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512<float> gradient = Vector512.Load(dY + i), normalized = (Vector512.Load(x + i) - center) * scale;
            Vector512.Store(Vector512.FusedMultiplyAdd(gradient, normalized, Vector512.Load(dW + i)), dW + i);
            Vector512.Store(gradient + Vector512.Load(dB + i), dB + i);
            Vector512<float> g = gradient * Vector512.Load(weight + i);
            sumG += g;
            sumGX = Vector512.FusedMultiplyAdd(g, normalized, sumGX);
        }

        (float totalG, float totalGX) = (Vector512.Sum(sumG), Vector512.Sum(sumGX));
        for (; i < width; i++)
        {
            float normalized = (x[i] - mean) * rstd, g = dY[i] * weight[i];
            dW[i] += dY[i] * normalized;
            dB[i] += dY[i];
            totalG += g;
            totalGX += g * normalized;
        }

        return (totalG, totalGX);
    }

    private static void InputGradient(float* dX, float* dY, float* x, float mean, float rstd, float* weight, float meanG, float meanGX,
        int width, bool accumulate)
    {
        Vector512<float> center = Vector512.Create(mean), scale = Vector512.Create(rstd), g = Vector512.Create(meanG),
            gx = Vector512.Create(meanGX);
        int i = 0;
        for (; i <= width - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512<float> held = accumulate ? Vector512.Load(dX + i) : default;
            Vector512.Store(Value(Vector512.Load(dY + i), Vector512.Load(x + i), Vector512.Load(weight + i), held), dX + i);
        }

        if (i < width)
        {
            int rest = width - i;
            Vector512<float> held = accumulate ? VectorRow.LoadTail(dX + i, rest) : default;
            VectorRow.StoreTail(Value(VectorRow.LoadTail(dY + i, rest), VectorRow.LoadTail(x + i, rest),
                VectorRow.LoadTail(weight + i, rest), held), dX + i, rest);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector512<float> Value(Vector512<float> gradient, Vector512<float> input, Vector512<float> w, Vector512<float> held) =>
            Vector512.FusedMultiplyAdd(scale, (gradient * w) - g - ((input - center) * scale * gx), held);
    }

    private static void Combine(float* destination, float* sums, int parts, int width, bool accumulate)
    {
        if (!accumulate)
        {
            VectorRow.Clear(destination, width);
        }

        for (int part = 0; part < parts; part++)
        {
            VectorRow.Add(destination, sums + (2L * part * width), width);
        }
    }
}
