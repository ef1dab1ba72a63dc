using DoRA.Kernels;
using DoRA.Kernels.PatchEmbedding;

namespace DoRA.Perf;

/// <summary>The patch projection of 8 frames of 224 pixels and of 48 crops of 96; the peer multiplies the same sizes, its patches gathered before.</summary>
public sealed class PatchEmbeddingBenchmark : Benchmark
{
    private static readonly PatchEmbeddingSize[] s_shapes = [new(8, 224, 224, 16, 192), new(8, 224, 224, 16, 384), new(48, 96, 96, 16, 192)];

    public override string Operation => "patchembedding";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        PatchEmbeddingKernels kernels = device.Kernels.PatchEmbedding;
        foreach (PatchEmbeddingSize size in s_shapes)
        {
            int rows = size.Images * size.Patches;
            DeviceSpan images = Random(device, (long)size.Images * 3 * size.Height * size.Width), embeddings = Random(device, (long)rows * size.Embedding);
            DeviceSpan weight = Random(device, size.Embedding * size.Inputs), bias = Random(device, size.Embedding);
            string shape = $"{size.Images}x{size.Height}x{size.Width}x{size.Embedding}";
            double flops = 2.0 * rows * size.Inputs * size.Embedding;
            yield return new($"patchembedding/forward/{shape}", () => kernels.Forward(embeddings, images, weight, bias, size))
            {
                Flops = flops,
                Peer = $"gemm --m {rows} --n {size.Embedding} --k {size.Inputs}",
            };
            yield return new($"patchembedding/backward/{shape}", () => kernels.Backward(weight, bias, embeddings, images, size, false))
            {
                Flops = flops,
                Peer = $"gemm --m {size.Embedding} --n {size.Inputs} --k {rows}",
            };
            foreach (DeviceSpan span in (DeviceSpan[])[images, embeddings, weight, bias])
            {
                span.Buffer.Dispose();
            }
        }
    }
}
