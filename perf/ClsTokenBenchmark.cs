using DoRA.Kernels;
using DoRA.Kernels.ClsToken;

namespace DoRA.Perf;

/// <summary>The CLS tokens of 192 views of 224 pixels.</summary>
public sealed class ClsTokenBenchmark : Benchmark
{
    public override string Operation => "clstoken";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        const int views = 192, tokens = 197, width = 384;
        ClsTokenKernels kernels = device.Kernels.ClsToken;
        DeviceSpan x = Random(device, (long)views * tokens * width), y = Random(device, views * width);
        yield return new($"clstoken/forward/{views}x{tokens}x{width}",
            () => kernels.Forward(y, x, views, tokens, width)) { Bytes = 8.0 * views * width };
        yield return new($"clstoken/backward/{views}x{tokens}x{width}",
            () => kernels.Backward(x, y, views, tokens, width, false)) { Bytes = 4.0 * views * tokens * width };
        x.Buffer.Dispose();
        y.Buffer.Dispose();
    }
}
