using DoRA.Kernels.WeightNorm;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class WeightNormCudaTests
{
    [TestCase(true, 43, ElementType.Float32)]
    [TestCase(false, 44, ElementType.Float32)]
    [TestCase(true, 43, ElementType.BFloat16)]
    [TestCase(true, 256, ElementType.BFloat16)]
    public void Forward_and_backward_are_the_cpu_s(bool withLength, int inputs, ElementType activations)
    {
        const int outputs = 13;
        // Sums of products below 1, relative to norms above 2; M · v̂ is at most ‖M‖ ≤ √inputs.
        double relative = 4 * Agreement.SumError(inputs, 1), gradient = relative * 2 * Math.Sqrt(inputs);
        CudaBench.Compare(
            activations,
            kernels => kernels.WeightNorm,
            (bench, op) =>
            {
                TestNumbers numbers = new(2);
                DeviceSpan v = bench.Activations(numbers.Uniform(outputs * inputs)), g = bench.Upload(numbers.Uniform(outputs)),
                    dWeight = bench.Upload(numbers.Uniform(outputs * inputs)), scale = bench.Undefined(outputs),
                    dG = bench.Undefined(outputs);
                op.Forward(scale, v, g, outputs, inputs);
                op.Backward(dWeight, withLength ? dG : default, v, g, outputs, inputs);
                return [bench.Download(scale), bench.Download(dWeight), withLength ? bench.Download(dG) : []];
            },
            relative, gradient, gradient);
    }
}
