using DoRA.Kernels.Primitives;
using DoRA.Kernels.StochasticDepth;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class StochasticDepthCudaTests
{
    [Test]
    public void The_same_numbers_are_drawn_as_on_the_cpu() => CudaBench.Compare(
        kernels => kernels.StochasticDepth,
        (bench, op) =>
        {
            DeviceSpan scales = bench.Undefined(301);
            op.Draw(scales, 301, 0.3f, new PhiloxStream(0x123456789ABCDEFul, RandomPurpose.StochasticDepth, 7, 11));
            return [bench.Download(scales)];
        },
        0);
}
