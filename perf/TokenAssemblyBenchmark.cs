using DoRA.Kernels;
using DoRA.Kernels.TokenAssembly;

namespace DoRA.Perf;

/// <summary>Three masked views of each of 32 frames of 224 pixels.</summary>
public sealed class TokenAssemblyBenchmark : Benchmark
{
    public override string Operation => "tokenassembly";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        TokenAssemblySize size = new(32, 3, 196, 384);
        TokenAssemblyKernels kernels = device.Kernels.TokenAssembly;
        DeviceSpan tokens = Random(device, (long)size.Views * size.Tokens * size.Embedding),
            embeddings = Random(device, (long)size.Frames * size.Patches * size.Embedding);
        DeviceSpan masks = Random(device, size.Views * size.Patches), bias = Random(device, size.Embedding),
            cls = Random(device, size.Embedding), position = Random(device, size.Tokens * size.Embedding);
        double bytes = 4.0 * (tokens.Length + embeddings.Length);
        string shape = $"{size.Frames}x{size.ViewsPerFrame}x{size.Tokens}x{size.Embedding}";
        yield return new($"tokenassembly/forward/{shape}",
            () => kernels.Forward(tokens, embeddings, masks, bias, cls, position, size)) { Bytes = bytes };
        yield return new($"tokenassembly/backward/{shape}",
            () => kernels.Backward(embeddings, bias, cls, position, tokens, masks, size, false)) { Bytes = bytes };
        foreach (DeviceSpan span in (DeviceSpan[])[tokens, embeddings, masks, bias, cls, position])
        {
            span.Buffer.Dispose();
        }
    }
}
