using DoRA.Kernels;
using DoRA.Kernels.TokenAssembly;

namespace DoRA.Pipeline.Doctor;

/// <summary>What is done row by row: tokens of 64 frames of 224 pixels in ViT-small, the head's bottleneck, the last layer.</summary>
internal static class RowChecks
{
    private const int Rows = 64 * 197, Width = 384, HeadRows = 72, Bottleneck = 256, Outputs = 65536;
    private const float Epsilon = 1e-6f;

    public static IEnumerable<OperationCheck> All => [Assembly(), NormForward(), NormBackward(), Cls(), Normalize(), WeightNorm()];

    private static OperationCheck Assembly()
    {
        TokenAssemblySize size = new(8, 3, 196, Width);
        float[] e = CheckNumbers.Uniform(20, (long)size.Frames * size.Patches * Width), masks = CheckNumbers.Positive(21, size.Views * size.Patches),
            bias = CheckNumbers.Uniform(22, Width), cls = CheckNumbers.Uniform(23, Width), position = CheckNumbers.Uniform(24, size.Tokens * Width);
        return new("token assembly/masked views", $"{size.Views}×{size.Tokens}×{Width}", memory =>
        {
            DeviceSpan tokens = memory.EmptyActivations((long)size.Views * size.Tokens * Width), embeddings = memory.Activations(e);
            DeviceSpan[] others = [.. new[] { masks, bias, cls, position }.Select(memory.Floats)];
            return new(() => memory.Kernels.TokenAssembly.Forward(tokens, embeddings, others[0], others[1], others[2], others[3], size), tokens);
        })
        {
            Activations = e.Length + ((double)size.Views * size.Tokens * Width),
            Truth = i =>
            {
                int column = i % Width, token = i / Width % size.Tokens, view = i / Width / size.Tokens, patch = token - 1;
                double place = position[(token * Width) + column], b = bias[column];
                return token == 0 ? cls[column] + place : b + place + (masks[(view * size.Patches) + patch]
                    * (e[(((view / size.ViewsPerFrame * size.Patches) + patch) * Width) + column] - b));
            },
        };
    }

    private static OperationCheck NormForward()
    {
        float[] x = CheckNumbers.Uniform(25, (long)Rows * Width), w = CheckNumbers.Uniform(26, Width), bias = CheckNumbers.Uniform(27, Width);
        return new("layer norm/forward", $"{Rows}×{Width}", memory =>
        {
            DeviceSpan deviceX = memory.Activations(x), y = memory.EmptyActivations(x.Length), mean = memory.EmptyFloats(Rows), rstd = memory.EmptyFloats(Rows);
            DeviceSpan deviceW = memory.Floats(w), deviceBias = memory.Floats(bias);
            return new(() => memory.Kernels.LayerNorm.Forward(y, mean, rstd, deviceX, deviceW, deviceBias, Rows, Width, Epsilon), y);
        })
        {
            Activations = 2.0 * x.Length,
            Truth = i =>
            {
                (double mean, double rstd) = Statistics(x, i / Width);
                return ((x[i] - mean) * rstd * w[i % Width]) + bias[i % Width];
            },
        };
    }

    private static OperationCheck NormBackward()
    {
        float[] x = CheckNumbers.Uniform(25, (long)Rows * Width), w = CheckNumbers.Uniform(26, Width), dY = CheckNumbers.Uniform(28, x.Length);
        return new("layer norm/backward", $"{Rows}×{Width}", memory =>
        {
            DeviceSpan deviceX = memory.Activations(x), y = memory.EmptyActivations(x.Length), dX = memory.EmptyActivations(x.Length);
            DeviceSpan mean = memory.EmptyFloats(Rows), rstd = memory.EmptyFloats(Rows), deviceDY = memory.Activations(dY);
            DeviceSpan deviceW = memory.Floats(w), dW = memory.EmptyFloats(Width), dBias = memory.EmptyFloats(Width);
            memory.Kernels.LayerNorm.Forward(y, mean, rstd, deviceX, deviceW, deviceW, Rows, Width, Epsilon);
            return new(() => memory.Kernels.LayerNorm.Backward(
                dX, dW, dBias, deviceDY, deviceX, mean, rstd, deviceW, Rows, Width, accumulateInput: false, accumulateWeights: false), dX);
        })
        {
            Activations = 3.0 * x.Length,
            Truth = i =>
            {
                int row = i / Width, first = row * Width;
                (double mean, double rstd) = Statistics(x, row);
                double G(int c) => (double)dY[first + c] * w[c];
                double Normal(int c) => (x[first + c] - mean) * rstd;
                double meanG = Enumerable.Range(0, Width).Average(G), meanGx = Enumerable.Range(0, Width).Average(c => G(c) * Normal(c));
                return rstd * (G(i % Width) - meanG - (Normal(i % Width) * meanGx));
            },
        };
    }

    private static OperationCheck Cls()
    {
        float[] x = CheckNumbers.Uniform(25, (long)Rows * Width);
        return new("CLS token", $"64×197×{Width}", memory =>
        {
            DeviceSpan deviceX = memory.Activations(x), y = memory.EmptyActivations(64 * Width);
            return new(() => memory.Kernels.ClsToken.Forward(y, deviceX, 64, 197, Width), y);
        })
        {
            Activations = 2.0 * 64 * Width,
            Truth = i => x[(i / Width * 197 * Width) + (i % Width)],
        };
    }

    private static OperationCheck Normalize()
    {
        float[] x = CheckNumbers.Uniform(29, HeadRows * Bottleneck);
        return new("L2 norm/forward", $"{HeadRows}×{Bottleneck}", memory =>
        {
            DeviceSpan deviceX = memory.Activations(x), y = memory.EmptyActivations(x.Length), inverse = memory.EmptyFloats(HeadRows);
            return new(() => memory.Kernels.L2Normalize.Forward(y, inverse, deviceX, HeadRows, Bottleneck), y);
        })
        {
            Activations = 2.0 * x.Length,
            Truth = i => x[i] / Length(x, i / Bottleneck * Bottleneck),
        };
    }

    private static OperationCheck WeightNorm()
    {
        float[] v = CheckNumbers.Uniform(30, (long)Outputs * Bottleneck), g = CheckNumbers.Positive(31, Outputs);
        return new("weight norm/forward", $"{Outputs}×{Bottleneck}", memory =>
        {
            DeviceSpan scale = memory.EmptyFloats(Outputs), deviceV = memory.Weights(v), deviceG = memory.Floats(g);
            return new(() => memory.Kernels.WeightNorm.Forward(scale, deviceV, deviceG, Outputs, Bottleneck), scale);
        })
        {
            Activations = v.Length,
            Words = 2.0 * Outputs,
            Truth = i => g[i] / Length(v, (long)i * Bottleneck),
        };
    }

    private static double Length(float[] x, long first) => Math.Sqrt(CheckNumbers.Dot(x, first, x, first, Bottleneck));

    private static (double Mean, double Rstd) Statistics(float[] x, int row)
    {
        double[] values = [.. x.AsSpan(row * Width, Width).ToArray().Select(value => (double)value)];
        double mean = values.Average();
        return (mean, 1 / Math.Sqrt(values.Average(value => (value - mean) * (value - mean)) + Epsilon));
    }
}
