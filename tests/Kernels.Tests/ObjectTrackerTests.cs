using DoRA.Kernels.ObjectTracker;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class ObjectTrackerTests
{
    private static readonly string[] GoldenFiles = ["object_masks_batch1", "object_masks_batch2"];

    /// <summary>Each stage is given the golden inputs of that stage.</summary>
    [TestCaseSource(nameof(GoldenFiles))]
    [Category(Golden.Category)]
    public void Every_stage_computes_what_the_released_code_does(string file)
    {
        using GoldenFile golden = Golden.Open(file);
        using TestMemory memory = new();
        GoldenClips clips = new(golden);
        ObjectTrackerSize size = clips.Size;
        ObjectTrackerKernels tracker = memory.Kernels.ObjectTracker;

        DeviceSpan prototypes = memory.Output((long)size.Clips * size.Objects * size.Width);
        tracker.Prototypes(prototypes, memory.Upload(clips.ClsAttention), memory.Upload(clips.Heads), new(memory.Upload(clips.Queries), size.Width), size);
        Check(golden, "prototypes", memory.Download(prototypes));

        DeviceSpan similarity = memory.Output((long)size.Clips * size.Patches * size.Objects), normalized = memory.Output((long)size.Clips * size.Patches * size.Width);
        tracker.Similarity(similarity, normalized, memory.Upload(golden.Floats("prototypes")), memory.Upload(clips.FinalTokens), size);
        Check(golden, "similarity", memory.Download(similarity));

        DeviceSpan assignment = memory.Output(similarity.Length);
        memory.Kernels.Sinkhorn.Forward(assignment, memory.Upload(golden.Floats("similarity")), new(size.Clips, size.Patches, size.Objects), 0.05f, 30);
        Check(golden, "assignment", memory.Download(assignment));

        DeviceSpan refined = memory.Output(prototypes.Length);
        tracker.Refine(refined, memory.Upload(golden.Floats("assignment")), normalized, size);
        Check(golden, "refinedPrototypes", memory.Download(refined));

        DeviceSpan maps = memory.Output((long)size.Clips * size.Frames * size.Objects * size.Patches);
        tracker.TrackingMaps(maps, memory.Upload(golden.Floats("refinedPrototypes")), new(memory.Upload(clips.Keys), size.Width), size);
        Check(golden, "trackingMaps", memory.Download(maps));

        foreach ((MaskThreshold threshold, string name) in new[] { (MaskThreshold.PerBatch, "masks/official"), (MaskThreshold.PerImage, "masks/perImage") })
        {
            DeviceSpan masks = memory.Output(maps.Length);
            tracker.Masks(masks, memory.Upload(golden.Floats("trackingMaps")), size, threshold, MaskKind.Hard);
            Check(golden, name, memory.Download(masks));
        }
    }

    private static void Check(GoldenFile golden, string tensor, float[] actual)
    {
        GoldenComparison comparison = golden.Compare(tensor, actual);
        Assert.That(comparison.Passes, comparison.ToString());
    }

    /// <summary>A golden file's tensors in the engine's layout: heads side by side in a token's row, and frame 0's place among the frames.</summary>
    private sealed class GoldenClips
    {
        public GoldenClips(GoldenFile golden)
        {
            int[] queries = golden.Shape("queries"), keys = golden.Shape("keys");
            (int clips, int heads, int tokens, int headDim) = (queries[0], queries[1], queries[2], queries[3]);
            int frames = keys[1], width = heads * headDim;
            int[] drawn = [.. golden.Longs("heads").Select(head => (int)head)];
            Size = new(clips, frames, heads, tokens - 1, width, drawn.Length);
            Heads = [.. Enumerable.Range(0, clips).SelectMany(_ => drawn)];
            Queries = HeadsSideBySide(golden.Floats("queries"), clips, heads, tokens, headDim);
            Keys = HeadsSideBySide(golden.Floats("keys"), clips * frames, heads, tokens, headDim);

            float[] attention = golden.Floats("clsAttention"), patches = golden.Floats("patches");
            ClsAttention = new float[clips * frames * heads * tokens];
            FinalTokens = new float[clips * tokens * width];
            for (int clip = 0; clip < clips; clip++)
            {
                attention.AsSpan(clip * heads * tokens, heads * tokens).CopyTo(ClsAttention.AsSpan(clip * frames * heads * tokens));
                patches.AsSpan(clip * frames * (tokens - 1) * width, (tokens - 1) * width).CopyTo(FinalTokens.AsSpan(((clip * tokens) + 1) * width));
            }
        }

        public ObjectTrackerSize Size { get; }

        public int[] Heads { get; }

        public float[] Queries { get; }

        public float[] Keys { get; }

        public float[] ClsAttention { get; }

        public float[] FinalTokens { get; }

        private static float[] HeadsSideBySide(float[] values, int images, int heads, int tokens, int headDim)
        {
            float[] rows = new float[values.Length];
            for (int image = 0; image < images; image++)
            {
                for (int head = 0; head < heads; head++)
                {
                    for (int token = 0; token < tokens; token++)
                    {
                        values.AsSpan(((((image * heads) + head) * tokens) + token) * headDim, headDim)
                            .CopyTo(rows.AsSpan(((((image * tokens) + token) * heads) + head) * headDim));
                    }
                }
            }

            return rows;
        }
    }
}
