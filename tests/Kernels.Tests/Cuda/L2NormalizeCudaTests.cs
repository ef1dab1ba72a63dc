using DoRA.Kernels.L2Normalize;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class L2NormalizeCudaTests
{
    [TestCase(11, 70)]
    [TestCase(3, 5)]
    public void Forward_and_backward_are_the_cpu_s(int rows, int width)
    {
        // A row's sums on both engines are off by SumError of their terms' magnitudes, relative to norms that are 1 after
        // normalisation; 1/‖x‖ is below 4 for these numbers.
        double error = 4 * Agreement.SumError(width, 1), gradient = 8 * 4 * Agreement.SumError(width, Math.Sqrt(width));
        CudaBench.Compare(
            kernels => kernels.L2Normalize,
            (bench, op) =>
            {
                TestNumbers numbers = new(width);
                DeviceSpan y = bench.Undefined(rows * width), inverse = bench.Undefined(rows), dX = bench.Undefined(rows * width);
                op.Forward(y, inverse, bench.Upload(numbers.Uniform(rows * width)), rows, width);
                op.Backward(dX, bench.Upload(numbers.Uniform(rows * width)), y, inverse, rows, width);
                return [bench.Download(y), bench.Download(inverse), bench.Download(dX)];
            },
            error, 4 * error, gradient);
    }
}
