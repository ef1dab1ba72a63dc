using DoRA.Kernels;
using DoRA.Kernels.ObjectTracker;
using DoRA.References;

namespace DoRA.Model.Tests;

/// <summary>The whole of discover, track, refine and mask from a teacher's outputs, with its intermediates.</summary>
[Category(Golden.Category)]
[TestFixture(Engine.Cpu)]
[TestFixture(Engine.CudaOnPtxMachine)]
public sealed class ObjectTrackerGoldenTests(Engine engine)
{
    private static IEnumerable<string> Files() =>
        Golden.Manifest().EnumerateObject().Select(file => file.Name)
            .Where(name => name.StartsWith("object_masks", StringComparison.Ordinal));

    [TestCaseSource(nameof(Files))]
    public void Tracking_finds_the_authors_objects(string file)
    {
        using GoldenFile golden = Golden.Open(file);
        using TestBench bench = new(engine);
        int[] keys = golden.Shape("keys"), heads = [.. golden.Longs("heads").Select(head => (int)head)];
        int clips = keys[0], frames = keys[1], tokens = keys[3], width = keys[2] * keys[4];
        ObjectTrackerSize size = new(clips, frames, keys[2], tokens - 1, width, heads.Length);
        TrackingFeatures features = new()
        {
            Query = new(bench.Upload(HeadsSideBySide(golden.Floats("queries"), keys[2], tokens, keys[4])), width),
            Key = new(bench.Upload(HeadsSideBySide(golden.Floats("keys"), keys[2], tokens, keys[4])), width),
            ClsAttention = bench.Upload(golden.Floats("clsAttention")),
            Tokens = bench.Upload(FirstFramesWithCls(golden.Floats("patches"), size)),
        };
        DeviceSpan drawn = bench.Upload([.. Enumerable.Repeat(heads, clips).SelectMany(head => head)]);
        foreach ((Fidelity fidelity, string masks) in new[] { (Fidelity.Official, "official"), (Fidelity.Paper, "perImage") })
        {
            TrackedObjects found = new ObjectTracker(new(heads.Length), fidelity).Track(bench.Arena, features, drawn, size);

            golden.Check("prototypes", bench.Download(found.Prototypes));
            golden.Check("similarity", bench.Download(found.Similarity));
            golden.Check("assignment", bench.Download(found.Assignment));
            golden.Check("refinedPrototypes", bench.Download(found.RefinedPrototypes));
            golden.Check("trackingMaps", bench.Download(found.Maps));
            golden.Check($"masks/{masks}", bench.Download(found.Masks), masks == "official" ? TooCloseToTheThreshold(golden) : null);
        }
    }

    /// <summary>A masked frame is the frame times its mask, patch by patch.</summary>
    [TestCaseSource(nameof(Files))]
    public void A_masks_patches_are_those_the_authors_masked_frame_shows(string file)
    {
        using GoldenFile golden = Golden.Open(file);
        foreach (string name in golden.Names.Where(name => name.StartsWith("maskedClip/", StringComparison.Ordinal)))
        {
            int[] place = [.. name.Split('/')[1..].Select(part => int.Parse(part.TrimStart("objectframe".ToCharArray())))];
            int[] clip = golden.Shape("clip"), masks = golden.Shape("masks/official");
            float[] pixels = golden.Floats("clip"), mask = golden.Floats("masks/official");
            float[] masked = new float[clip[0] * clip[2] * clip[3] * clip[4]];
            for (int i = 0; i < masked.Length; i++)
            {
                int x = i % clip[4];
                int y = i / clip[4] % clip[3];
                int channel = i / clip[4] / clip[3] % clip[2];
                int item = i / clip[4] / clip[3] / clip[2];
                (int row, int column) = (y * masks[3] / clip[3], x * masks[4] / clip[4]);
                int map = (((item * masks[1]) + place[1]) * masks[2]) + place[0], patch = (((map * masks[3]) + row) * masks[4]) + column;
                masked[i] = mask[patch] * pixels[(((((((item * clip[1]) + place[1]) * clip[2]) + channel) * clip[3]) + y) * clip[4]) + x];
            }

            golden.Check(name, masked);
        }
    }

    private static HashSet<int> TooCloseToTheThreshold(GoldenFile golden)
    {
        double[] margins = golden.Doubles("thresholdMargin");
        double tolerance = golden.Tolerance("thresholdMargin");
        return [.. Enumerable.Range(0, margins.Length).Where(i => Math.Abs(margins[i]) < tolerance)];
    }

    /// <summary>[…, heads, tokens, headDim] to […, tokens, heads · headDim].</summary>
    private static float[] HeadsSideBySide(float[] values, int heads, int tokens, int headDim)
    {
        float[] result = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int column = i % headDim;
            int token = i / headDim % tokens;
            int head = i / headDim / tokens % heads;
            int image = i / headDim / tokens / heads;
            result[((((image * tokens) + token) * heads) + head) * headDim + column] = values[i];
        }

        return result;
    }

    /// <summary>Frame 0 of each clip's patches [clips, frames, n, d], behind a CLS token that nobody reads.</summary>
    private static float[] FirstFramesWithCls(float[] patches, ObjectTrackerSize size)
    {
        int frame = size.Patches * size.Width;
        float[] tokens = new float[size.Clips * size.Tokens * size.Width];
        for (int clip = 0; clip < size.Clips; clip++)
        {
            patches.AsSpan(clip * size.Frames * frame, frame).CopyTo(tokens.AsSpan(((clip * size.Tokens) + 1) * size.Width));
        }

        return tokens;
    }
}
