using DoRA.Kernels;
using DoRA.Kernels.ObjectTracker;

namespace DoRA.Perf;

/// <summary>Each stage for 8 clips of 8 frames of 224 pixels, 3 objects, the small network.</summary>
public sealed class ObjectTrackerBenchmark : Benchmark
{
    public override string Operation => "objecttracker";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        ObjectTrackerSize size = new(8, 8, 6, 196, 384, 3);
        ObjectTrackerKernels kernels = device.Kernels.ObjectTracker;
        (long tokens, long patches) = ((long)size.Clips * size.Tokens * size.Width, (long)size.Clips * size.Patches * size.Width);
        DeviceSpan attention = Random(device, size.Clips * size.Frames * size.Heads * size.Tokens),
            packed = Random(device, 3 * size.Frames * tokens), final = Random(device, tokens);
        DeviceSpan prototypes = Random(device, size.Clips * size.Objects * size.Width),
            similarity = Random(device, size.Clips * size.Patches * size.Objects), normalized = Random(device, patches);
        DeviceSpan maps = Random(device, size.Clips * size.Frames * size.Objects * size.Patches), masks = Random(device, maps.Length);
        DeviceSpan heads = device.Allocate(size.Clips * size.Objects, ElementType.Int32);
        device.Clear(heads);
        RowSpan rows = new(packed, 3 * size.Width);
        yield return new("objecttracker/prototypes",
            () => kernels.Prototypes(prototypes, attention, heads, rows, size)) { Bytes = 4.0 * patches };
        yield return new("objecttracker/similarity",
            () => kernels.Similarity(similarity, normalized, prototypes, final, size)) { Bytes = 8.0 * patches };
        yield return new("objecttracker/refine", () => kernels.Refine(prototypes, similarity, normalized, size)) { Bytes = 4.0 * patches };
        yield return new("objecttracker/trackingmaps",
            () => kernels.TrackingMaps(maps, prototypes, rows, size)) { Bytes = 4.0 * size.Frames * patches };
        yield return new("objecttracker/masks", () =>
            kernels.Masks(masks, maps, size, MaskThreshold.PerImage, MaskKind.Hard)) { Bytes = 8.0 * maps.Length };
        foreach (DeviceSpan span in (DeviceSpan[])[attention, packed, final, prototypes, similarity, normalized, maps, masks, heads])
        {
            span.Buffer.Dispose();
        }
    }
}
