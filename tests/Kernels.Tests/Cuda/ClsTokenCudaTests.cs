using DoRA.Kernels.ClsToken;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class ClsTokenCudaTests
{
    /// <summary>Copies are exact, and a sum of two is rounded once on both engines.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public void Forward_and_backward_are_the_cpu_s(bool accumulate) => CudaBench.Compare(
        kernels => kernels.ClsToken,
        (bench, op) =>
        {
            TestNumbers numbers = new(1);
            (int views, int tokens, int width) = (3, 5, 37);
            DeviceSpan y = bench.Undefined(views * width);
            op.Forward(y, bench.Upload(numbers.Uniform(views * tokens * width)), views, tokens, width);
            DeviceSpan dX = accumulate ? bench.Upload(numbers.Uniform(views * tokens * width)) : bench.Undefined(views * tokens * width);
            op.Backward(dX, y, views, tokens, width, accumulate);
            return [bench.Download(y), bench.Download(dX)];
        },
        0, 0);
}
