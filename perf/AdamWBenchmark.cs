using DoRA.Kernels;
using DoRA.Kernels.AdamW;

namespace DoRA.Perf;

/// <summary>Some 21 million parameters, as ViT-small has: large and small tensors in turn. The peer's are as many.</summary>
public sealed class AdamWBenchmark : Benchmark
{
    public override string Operation => "adamw";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        const int tensors = 48, large = 384 * 1152, small = 384;
        AdamWSegment[] segments = [.. Enumerable.Range(0, tensors).SelectMany(index => (AdamWSegment[])
        [
            new((long)index * (large + small), large, true, 5),
            new(((long)index * (large + small)) + large, small, false, 5),
        ])];
        long length = (long)tensors * (large + small);
        DeviceSpan weights = Random(device, length), gradients = Random(device, length), mean = Random(device, length),
            variance = Random(device, length), teacher = Random(device, length);
        DeviceSpan norms = Random(device, segments.Length);
        device.Clear(variance);
        AdamWBuffers buffers = new(weights, gradients, mean, variance, teacher);
        AdamWSettings settings = new(5e-4, 0.04, 0.9, 0.999, 1e-8, 3, 0.996);
        yield return new($"adamw/{length}", () => device.Kernels.AdamW.Step(norms, buffers, segments, settings))
        {
            // Gradients are read for the norm and for the step, four buffers are read and written.
            Bytes = 40.0 * length,
            Peer = $"adamw --parameters {length}",
        };
        foreach (DeviceSpan span in (DeviceSpan[])[weights, gradients, mean, variance, teacher, norms])
        {
            span.Buffer.Dispose();
        }
    }
}
