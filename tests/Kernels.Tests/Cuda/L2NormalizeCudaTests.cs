using DoRA.Kernels.L2Normalize;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class L2NormalizeCudaTests
{
    [TestCase(11, 70, ElementType.Float32)]
    [TestCase(3, 8, ElementType.Float32)]
    [TestCase(3, 5, ElementType.BFloat16)]
    [TestCase(11, 256, ElementType.BFloat16)]
    public void Forward_and_backward_are_the_cpu_s(int rows, int width, ElementType activations)
    {
        // The rows that backward is given are longer than 1: up to √width.
        // A row's sums on both engines are off by SumError of their terms' magnitudes, relative to norms that are 1 after
        // normalisation; 1/‖x‖ is below 4 for these numbers.
        double error = 4 * Agreement.SumError(width, 1), gradient = 8 * 4 * Agreement.SumError(width, width);
        CudaBench.Compare(
            activations,
            kernels => kernels.L2Normalize,
            (bench, op) =>
            {
                TestNumbers numbers = new(width);
                DeviceSpan y = bench.UndefinedActivations(rows * width), inverse = bench.Undefined(rows), dX = bench.UndefinedActivations(rows * width), given = bench.Activations(numbers.Uniform(rows * width));
                op.Forward(y, inverse, bench.Activations(numbers.Uniform(rows * width)), rows, width);
                // Not y: in bfloat16 it is another row than the CPU engine's.
                op.Backward(dX, bench.Activations(numbers.Uniform(rows * width)), given, inverse, rows, width);
                return [bench.Download(y), bench.Download(inverse), bench.Download(dX)];
            },
            error, 4 * error, gradient);
    }
}
