using DoRA.Kernels;
using DoRA.Kernels.WeightNorm;

namespace DoRA.Perf;

/// <summary>The last layer of the paper's head.</summary>
public sealed class WeightNormBenchmark : Benchmark
{
    public override string Operation => "weightnorm";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        const int outputs = 65536, inputs = 256;
        WeightNormKernels kernels = device.Kernels.WeightNorm;
        DeviceSpan v = Random(device, (long)outputs * inputs), dWeight = Random(device, (long)outputs * inputs);
        DeviceSpan g = Random(device, outputs), dG = Random(device, outputs), scale = Random(device, outputs);
        double tensor = 4.0 * outputs * inputs;
        yield return new($"weightnorm/forward/{outputs}x{inputs}", () => kernels.Forward(scale, v, g, outputs, inputs)) { Bytes = tensor };
        yield return new($"weightnorm/backward/{outputs}x{inputs}",
            () => kernels.Backward(dWeight, dG, v, g, outputs, inputs)) { Bytes = 3 * tensor };
        foreach (DeviceSpan span in (DeviceSpan[])[v, dWeight, g, dG, scale])
        {
            span.Buffer.Dispose();
        }
    }
}
