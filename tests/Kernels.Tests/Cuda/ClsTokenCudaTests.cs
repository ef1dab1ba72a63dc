using DoRA.Kernels.ClsToken;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class ClsTokenCudaTests
{
    /// <summary>Copies are exact, and a sum of two is rounded once on both engines.</summary>
    [TestCase(true, 37, ElementType.Float32)]
    [TestCase(false, 40, ElementType.Float32)]
    [TestCase(true, 40, ElementType.BFloat16)]
    [TestCase(false, 37, ElementType.BFloat16)]
    public void Forward_and_backward_are_the_cpu_s(bool accumulate, int width, ElementType activations) => CudaBench.Compare(
        activations,
        kernels => kernels.ClsToken,
        (bench, op) =>
        {
            TestNumbers numbers = new(1);
            (int views, int tokens) = (3, 5);
            DeviceSpan y = bench.UndefinedActivations(views * width);
            op.Forward(y, bench.Activations(numbers.Uniform(views * tokens * width)), views, tokens, width);
            DeviceSpan dX = accumulate ? bench.Activations(numbers.Uniform(views * tokens * width))
                : bench.UndefinedActivations(views * tokens * width);
            op.Backward(dX, y, views, tokens, width, accumulate);
            return [bench.Download(y), bench.Download(dX)];
        },
        0, 0);
}
