using DoRA.Kernels;
using DoRA.Kernels.Sinkhorn;

namespace DoRA.Perf;

/// <summary>30 iterations for 48 frames of 196 patches and 3 objects.</summary>
public sealed class SinkhornBenchmark : Benchmark
{
    public override string Operation => "sinkhorn";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        const int iterations = 30;
        SinkhornSize size = new(48, 196, 3);
        SinkhornKernels kernels = device.Kernels.Sinkhorn;
        DeviceSpan similarity = Random(device, size.Batch * size.Patches * size.Objects), assignment = Random(device, similarity.Length);
        yield return new($"sinkhorn/{size.Batch}x{size.Patches}x{size.Objects}/{iterations}",
            () => kernels.Forward(assignment, similarity, size, 0.05f, iterations))
        {
            // Each iteration multiplies every element by its row's and its column's factor and adds it to both their sums.
            Flops = 4.0 * iterations * similarity.Length,
        };
        similarity.Buffer.Dispose();
        assignment.Buffer.Dispose();
    }
}
