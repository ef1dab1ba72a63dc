using DoRA.Kernels;
using DoRA.Kernels.Sinkhorn;

namespace DoRA.Perf;

/// <summary>30 iterations for 8 and for 48 frames of 196 patches and 3 objects.</summary>
public sealed class SinkhornBenchmark : Benchmark
{
    public override string Operation => "sinkhorn";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        foreach (int batch in (int[])[8, 48])
        {
            yield return Case(device, new(batch, 196, 3));
        }
    }

    private static BenchmarkCase Case(Device device, SinkhornSize size)
    {
        const int iterations = 30;
        SinkhornKernels kernels = device.Kernels.Sinkhorn;
        DeviceSpan similarity = Random(device, size.Batch * size.Patches * size.Objects), assignment = Random(device, similarity.Length);
        return new($"sinkhorn/{size.Batch}x{size.Patches}x{size.Objects}/{iterations}",
            () => kernels.Forward(assignment, similarity, size, 0.05f, iterations))
        {
            // Each iteration multiplies every element by its row's and its column's factor and adds it to both their sums.
            Flops = 4.0 * iterations * similarity.Length,
            Peer = $"sinkhorn --batch {size.Batch} --tokens {size.Patches} --objects {size.Objects}",
        };
    }
}
