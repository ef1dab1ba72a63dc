using DoRA.Kernels;
using DoRA.Kernels.L2Normalize;

namespace DoRA.Perf;

/// <summary>The bottleneck of the head for 2,048 views.</summary>
public sealed class L2NormalizeBenchmark : Benchmark
{
    public override string Operation => "l2normalize";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        const int rows = 2048, width = 256;
        L2NormalizeKernels kernels = device.Kernels.L2Normalize;
        DeviceSpan x = Random(device, rows * width), y = Random(device, rows * width), dX = Random(device, rows * width),
            inverseNorm = Random(device, rows);
        yield return new($"l2normalize/forward/{rows}x{width}",
            () => kernels.Forward(y, inverseNorm, x, rows, width)) { Bytes = 8.0 * rows * width };
        yield return new($"l2normalize/backward/{rows}x{width}",
            () => kernels.Backward(dX, x, y, inverseNorm, rows, width)) { Bytes = 12.0 * rows * width };
        foreach (DeviceSpan span in (DeviceSpan[])[x, y, dX, inverseNorm])
        {
            span.Buffer.Dispose();
        }
    }
}
