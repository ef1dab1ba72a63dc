using DoRA.Kernels;
using DoRA.Kernels.Linear;
using DoRA.Kernels.PatchEmbedding;
using MathNet.Numerics;

namespace DoRA.Pipeline.Doctor;

/// <summary>Linear layers of ViT-small at 8 frames of 224 pixels, and its patch embedding.</summary>
internal static class ProductChecks
{
    private static readonly LinearSize Size = new(8 * 197, 384, 1536);

    private static readonly PatchEmbeddingSize Patches = new(8, 224, 224, 16, 384);

    public static IEnumerable<OperationCheck> All => [PatchForward(), PatchWeight(), Forward(), Input(), Weight()];

    private static string Shape => $"{Size.Rows}×{Size.Inputs}×{Size.Outputs}";

    private static double Flops => 2.0 * Size.Rows * Size.Inputs * Size.Outputs;

    private static double Moved => ((double)Size.Rows * (Size.Inputs + Size.Outputs)) + ((double)Size.Inputs * Size.Outputs);

    private static OperationCheck Forward()
    {
        float[] x = CheckNumbers.Uniform(1, (long)Size.Rows * Size.Inputs), w = CheckNumbers.Uniform(2, (long)Size.Outputs * Size.Inputs, 0.1f),
            bias = CheckNumbers.Uniform(3, Size.Outputs);
        return new("linear/forward+gelu", Shape, memory =>
        {
            DeviceSpan y = memory.EmptyActivations((long)Size.Rows * Size.Outputs), before = memory.EmptyActivations(y.Length);
            DeviceSpan deviceX = memory.Activations(x), deviceW = memory.Weights(w), deviceBias = memory.Floats(bias);
            return new(() => memory.Kernels.Linear.Forward(
                y, new(deviceX, Size.Inputs), deviceW, Size, new() { Bias = deviceBias, Preactivation = before }), y);
        })
        {
            Flops = Flops,
            Activations = Moved + ((double)Size.Rows * Size.Outputs),
            Truth = i =>
            {
                (int row, int column) = (i / Size.Outputs, i % Size.Outputs);
                double z = CheckNumbers.Dot(x, (long)row * Size.Inputs, w, (long)column * Size.Inputs, Size.Inputs) + bias[column];
                return 0.5 * z * (1 + SpecialFunctions.Erf(z / Math.Sqrt(2)));
            },
        };
    }

    private static OperationCheck Input()
    {
        float[] dY = CheckNumbers.Uniform(4, (long)Size.Rows * Size.Outputs), w = CheckNumbers.Uniform(2, (long)Size.Outputs * Size.Inputs, 0.1f);
        return new("linear/input gradient", Shape, memory =>
        {
            DeviceSpan dX = memory.EmptyActivations((long)Size.Rows * Size.Inputs), deviceDY = memory.Activations(dY), deviceW = memory.Weights(w);
            return new(() => memory.Kernels.Linear.BackwardInput(new(dX, Size.Inputs), deviceDY, deviceW, Size, default), dX);
        })
        {
            Flops = Flops,
            Activations = Moved,
            Truth = i => CheckNumbers.Dot(dY, (long)(i / Size.Inputs) * Size.Outputs, w, i % Size.Inputs, Size.Outputs, stepY: Size.Inputs),
        };
    }

    private static OperationCheck Weight()
    {
        float[] dY = CheckNumbers.Uniform(4, (long)Size.Rows * Size.Outputs), x = CheckNumbers.Uniform(1, (long)Size.Rows * Size.Inputs);
        return new("linear/weight gradient", Shape, memory =>
        {
            DeviceSpan dW = memory.EmptyFloats((long)Size.Outputs * Size.Inputs), dBias = memory.EmptyFloats(Size.Outputs),
                deviceDY = memory.Activations(dY), deviceX = memory.Activations(x);
            return new(() => memory.Kernels.Linear.BackwardWeight(dW, dBias, deviceDY, new(deviceX, Size.Inputs), Size, default), dW);
        })
        {
            Flops = Flops,
            Activations = (double)Size.Rows * (Size.Inputs + Size.Outputs),
            Words = (double)Size.Inputs * Size.Outputs,
            Truth = i => CheckNumbers.Dot(dY, i / Size.Inputs, x, i % Size.Inputs, Size.Rows, Size.Outputs, Size.Inputs),
        };
    }

    private static OperationCheck PatchForward()
    {
        float[] images = CheckNumbers.Uniform(5, (long)Patches.Images * 3 * Patches.Height * Patches.Width),
            w = CheckNumbers.Uniform(6, (long)Patches.Embedding * Patches.Inputs, 0.1f), bias = CheckNumbers.Uniform(7, Patches.Embedding);
        return new("patch embedding/forward", PatchShape, memory =>
        {
            DeviceSpan y = memory.EmptyActivations((long)Patches.Images * Patches.Patches * Patches.Embedding), pixels = memory.Floats(images),
                deviceW = memory.Weights(w), deviceBias = memory.Floats(bias);
            return new(() => memory.Kernels.PatchEmbedding.Forward(y, pixels, deviceW, deviceBias, Patches), y);
        })
        {
            Flops = PatchFlops,
            Activations = (double)Patches.Images * Patches.Patches * Patches.Embedding,
            Words = images.Length,
            Truth = i =>
            {
                double sum = bias[i % Patches.Embedding];
                for (int k = 0; k < Patches.Inputs; k++)
                {
                    sum += (double)images[Pixel(i / Patches.Embedding, k)] * w[(i % Patches.Embedding * Patches.Inputs) + k];
                }

                return sum;
            },
        };
    }

    private static OperationCheck PatchWeight()
    {
        int rows = Patches.Images * Patches.Patches;
        float[] images = CheckNumbers.Uniform(5, (long)Patches.Images * 3 * Patches.Height * Patches.Width),
            dY = CheckNumbers.Uniform(8, (long)rows * Patches.Embedding);
        return new("patch embedding/weight gradient", PatchShape, memory =>
        {
            DeviceSpan dW = memory.EmptyFloats((long)Patches.Embedding * Patches.Inputs), dBias = memory.EmptyFloats(Patches.Embedding),
                pixels = memory.Floats(images), deviceDY = memory.Activations(dY);
            return new(() => memory.Kernels.PatchEmbedding.Backward(dW, dBias, deviceDY, pixels, Patches, accumulate: false), dW);
        })
        {
            Flops = PatchFlops,
            Activations = dY.Length,
            Words = images.Length + ((double)Patches.Embedding * Patches.Inputs),
            Truth = i => Enumerable.Range(0, rows).Sum(
                row => (double)dY[(row * Patches.Embedding) + (i / Patches.Inputs)] * images[Pixel(row, i % Patches.Inputs)]),
        };
    }

    private static string PatchShape => $"{Patches.Images}×3×{Patches.Height}×{Patches.Width}→{Patches.Embedding}";

    private static double PatchFlops => 2.0 * Patches.Images * Patches.Patches * Patches.Inputs * Patches.Embedding;

    /// <summary>Where value k of a patch lies in the images.</summary>
    private static int Pixel(int patch, int k)
    {
        int columns = Patches.Width / Patches.Patch, within = patch % Patches.Patches, channel = k / (Patches.Patch * Patches.Patch);
        int y = (within / columns * Patches.Patch) + (k / Patches.Patch % Patches.Patch), x = (within % columns * Patches.Patch) + (k % Patches.Patch);
        return (((patch / Patches.Patches * 3) + channel) * Patches.Height * Patches.Width) + (y * Patches.Width) + x;
    }
}
