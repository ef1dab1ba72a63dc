using DoRA.Kernels.LayerNorm;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class LayerNormCudaTests
{
    // Element by element, by fours, and wider than eight warps' rows in 48 KB.
    [TestCase(19, 45, true, ElementType.Float32)]
    [TestCase(5, 96, false, ElementType.Float32)]
    [TestCase(3, 1540, true, ElementType.Float32)]
    [TestCase(19, 45, true, ElementType.BFloat16)]
    [TestCase(21, 384, true, ElementType.BFloat16)]
    [TestCase(5, 200, false, ElementType.BFloat16)]
    public void Forward_and_backward_are_the_cpu_s(int rows, int width, bool accumulate, ElementType activations)
    {
        // The mean is off by the error of a sum of width values up to 3, over width; rstd is near 1/√3, y at most √width. Gradients carry
        // that on: sums over rows of |dY x̂| ≤ √width, and dX of three terms of that size.
        double mean = Agreement.SumError(width, 3), y = (4 * mean) + (Agreement.SumError(width, 1) * 2 * Math.Sqrt(width)), dX = 6 * y,
            dWeight = (rows * 2 * y) + Agreement.SumError(rows, rows * Math.Sqrt(width));
        CudaBench.Compare(
            activations,
            kernels => kernels.LayerNorm,
            (bench, op) =>
            {
                TestNumbers numbers = new(rows);
                DeviceSpan x = bench.Activations(numbers.Uniform(rows * width, -3, 3)), weight = bench.Upload(numbers.Uniform(width)),
                    bias = bench.Upload(numbers.Uniform(width));
                DeviceSpan result = bench.UndefinedActivations(rows * width), means = bench.Undefined(rows), rstd = bench.Undefined(rows);
                op.Forward(result, means, rstd, x, weight, bias, rows, width, 1e-6f);
                DeviceSpan Gradient(int count) => accumulate ? bench.Upload(numbers.Uniform(count)) : bench.Undefined(count);
                DeviceSpan dInput = accumulate ? bench.Activations(numbers.Uniform(rows * width)) : bench.UndefinedActivations(rows * width),
                    dWeights = Gradient(width), dBias = Gradient(width);
                op.Backward(dInput, dWeights, dBias, bench.Activations(numbers.Uniform(rows * width)), x, means, rstd, weight, rows, width,
                    accumulate, accumulate);
                return [bench.Download(result), bench.Download(means), bench.Download(rstd), bench.Download(dInput),
                    bench.Download(dWeights), bench.Download(dBias)];
            },
            y, mean, 4 * mean, dX, dWeight, dWeight);
    }
}
