using DoRA.Kernels;
using DoRA.Kernels.PositionEmbedding;

namespace DoRA.Perf;

/// <summary>The table of 224 pixels resized for crops of 112.</summary>
public sealed class PositionEmbeddingBenchmark : Benchmark
{
    public override string Operation => "positionembedding";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        PositionEmbeddingSize size = new(14, 7, 7, 384);
        PositionEmbeddingKernels kernels = device.Kernels.PositionEmbedding;
        DeviceSpan table = Random(device, 197 * size.Embedding), resized = Random(device, 50 * size.Embedding);
        // 16 taps, a multiplication and an addition each.
        double flops = 32.0 * size.GridHeight * size.GridWidth * size.Embedding;
        yield return new("positionembedding/forward/14-7x384", () => kernels.Forward(resized, table, size)) { Flops = flops };
        yield return new("positionembedding/backward/14-7x384", () => kernels.Backward(table, resized, size, false)) { Flops = flops };
        table.Buffer.Dispose();
        resized.Buffer.Dispose();
    }
}
