using DoRA.Kernels;
using DoRA.Kernels.Primitives;

namespace DoRA.Perf;

/// <summary>The scales of 512 views.</summary>
public sealed class StochasticDepthBenchmark : Benchmark
{
    public override string Operation => "stochasticdepth";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        const int samples = 512;
        DeviceSpan scales = Random(device, samples);
        PhiloxStream stream = new(1, RandomPurpose.StochasticDepth, 2, 3);
        yield return new($"stochasticdepth/{samples}",
            () => device.Kernels.StochasticDepth.Draw(scales, samples, 0.1f, stream)) { Bytes = 4.0 * samples };
        scales.Buffer.Dispose();
    }
}
