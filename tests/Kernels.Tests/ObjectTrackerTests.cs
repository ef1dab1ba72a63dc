using CsCheck;
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
        GoldenTrackerClips clips = new(golden);
        ObjectTrackerSize size = clips.Size;
        ObjectTrackerKernels tracker = memory.Kernels.ObjectTracker;

        DeviceSpan prototypes = memory.Output((long)size.Clips * size.Objects * size.Width);
        tracker.Prototypes(prototypes, memory.Upload(clips.ClsAttention), memory.Upload(clips.Heads),
            new(memory.Upload(clips.Queries), size.Width), size);
        Check(golden, "prototypes", memory.Download(prototypes));

        DeviceSpan similarity = memory.Output((long)size.Clips * size.Patches * size.Objects),
            normalized = memory.Output((long)size.Clips * size.Patches * size.Width);
        tracker.Similarity(similarity, normalized, memory.Upload(golden.Floats("prototypes")), memory.Upload(clips.FinalTokens), size);
        Check(golden, "similarity", memory.Download(similarity));

        DeviceSpan assignment = memory.Output(similarity.Length);
        memory.Kernels.Sinkhorn.Forward(assignment, memory.Upload(golden.Floats("similarity")), new(size.Clips, size.Patches, size.Objects),
            0.05f, 30);
        Check(golden, "assignment", memory.Download(assignment));

        DeviceSpan refined = memory.Output(prototypes.Length);
        tracker.Refine(refined, memory.Upload(golden.Floats("assignment")), normalized, size);
        Check(golden, "refinedPrototypes", memory.Download(refined));

        DeviceSpan maps = memory.Output((long)size.Clips * size.Frames * size.Objects * size.Patches);
        tracker.TrackingMaps(maps, memory.Upload(golden.Floats("refinedPrototypes")), new(memory.Upload(clips.Keys), size.Width), size);
        Check(golden, "trackingMaps", memory.Download(maps));

        foreach ((MaskThreshold threshold, string name) in new[] { (MaskThreshold.PerBatch, "masks/official"),
            (MaskThreshold.PerImage, "masks/perImage") })
        {
            DeviceSpan masks = memory.Output(maps.Length);
            tracker.Masks(masks, memory.Upload(golden.Floats("trackingMaps")), size, threshold, MaskKind.Hard);
            // The maps come rounded to float32: eight roundings for the norm, the mean and the quotient.
            CheckMasks(golden, name, memory.Download(masks), size, threshold, 8 * Agreement.Rounding);
        }
    }

    /// <summary>
    /// From queries to masks without the golden intermediates.
    /// </summary>
    [TestCaseSource(nameof(GoldenFiles))]
    [Category(Golden.Category)]
    public void From_end_to_end_the_maps_and_masks_are_the_released_code_s(string file)
    {
        using GoldenFile golden = Golden.Open(file);
        using TestMemory memory = new();
        GoldenTrackerClips clips = new(golden);
        (float[] maps, float[] batchMasks, float[] imageMasks) = Track(memory, clips, MaskKind.Hard);

        // Each stage amplifies the rounding of those before it; their float32 errors, each with its own factor of four, add up.
        string[] stages = ["prototypes", "similarity", "assignment", "refinedPrototypes", "trackingMaps"];
        double relative = stages.Sum(golden.RelativeTolerance);
        double[] expected = golden.Doubles("trackingMaps");
        Agreement.Near("trackingMaps", maps, expected, relative * Agreement.Largest(expected));

        CheckMasks(golden, "masks/official", batchMasks, clips.Size, MaskThreshold.PerBatch, relative);
        CheckMasks(golden, "masks/perImage", imageMasks, clips.Size, MaskThreshold.PerImage, relative);
    }

    [Test]
    public void Every_stage_agrees_with_the_reference() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 4], Gen.Int[1, 40], Gen.Int[1, 9], Gen.Int[1, 4]).Sample(
        (clips, frames, heads, patches, headDim, objects) =>
        {
            ObjectTrackerSize size = new(clips, frames, heads, patches, heads * headDim, objects);
            RandomTrackerClips given = new(size);
            using TestMemory memory = new();
            ObjectTrackerKernels tracker = memory.Kernels.ObjectTracker;
            DeviceSpan prototypes = memory.Output(clips * objects * size.Width), similarity = memory.Output(clips * patches * objects),
                normalized = memory.Output(clips * patches * size.Width);
            DeviceSpan refined = memory.Output(prototypes.Length), maps = memory.Output(clips * frames * objects * patches);
            tracker.Prototypes(prototypes, memory.Upload(given.ClsAttention), memory.Upload(given.Heads),
                new(memory.Upload(given.Packed), 3 * size.Width), size);
            tracker.Similarity(similarity, normalized, memory.Upload(given.Prototypes), memory.Upload(given.FinalTokens), size);
            tracker.Refine(refined, memory.Upload(given.Assignment), memory.Upload(given.FinalTokens), size);
            tracker.TrackingMaps(maps, memory.Upload(given.Prototypes), new(memory.Upload(given.Packed), 3 * size.Width), size);

            for (int clip = 0; clip < clips; clip++)
            {
                // Sums of patches or width terms up to 1 in size; the tracker's sums over patches run in blocks of 16, one after another.
                double overPatches = (24 + (patches / 16.0)) * Agreement.Rounding * patches,
                    overWidth = Agreement.SumError(size.Width, size.Width);
                double[,] attention = Matrix(objects, patches,
                    (o, i) => given.ClsAttention[(((clip * frames * heads) + given.Heads[(clip * objects) + o]) * size.Tokens) + 1 + i]);
                double[,] query = Matrix(patches, size.Width,
                    (i, j) => given.Packed[(((clip * size.Tokens) + 1 + i) * 3 * size.Width) + j]);
                double[,] own = Matrix(objects, size.Width, (o, j) => given.Prototypes[(((clip * objects) + o) * size.Width) + j]);
                double[,] tokens = Matrix(patches, size.Width,
                    (i, j) => given.FinalTokens[(((clip * size.Tokens) + 1 + i) * size.Width) + j]);
                double[,] assignment = Matrix(patches, objects, (i, o) => given.Assignment[(((clip * patches) + i) * objects) + o]);
                double[,] rows = Matrix(patches, size.Width, (i, j) => given.FinalTokens[(((clip * patches) + i) * size.Width) + j]);
                var expected = ObjectTrackerReference.Similarity(tokens, own);
                Near("prototypes", memory.Download(prototypes), clip, ObjectTrackerReference.Prototypes(attention, query), overPatches);
                Near("normalized", memory.Download(normalized), clip, expected.Normalized, Agreement.SumError(size.Width, 1));
                Near("similarity", memory.Download(similarity), clip, expected.Similarity, 2 * overWidth);
                Near("refined", memory.Download(refined), clip, ObjectTrackerReference.Refine(assignment, rows), overPatches);
                for (int frame = clip * frames; frame < (clip + 1) * frames; frame++)
                {
                    double[,] key = Matrix(patches, size.Width,
                        (i, j) => given.Packed[(((frame * size.Tokens) + 1 + i) * 3 * size.Width) + j]);
                    // A score's error is a relative error of its exponential; probabilities are at most 1.
                    Near("maps", memory.Download(maps), frame, ObjectTrackerReference.TrackingMaps(own, key),
                        (2 * overWidth) + Agreement.SumError(patches, 4));
                }
            }
        },
        iter: 40, threads: 1);

    [Test]
    public void Masks_keep_what_exceeds_the_mean_of_the_image_or_of_the_batch()
    {
        // Two clips, one frame, one object: the first map is flat but for one patch, the second is uneven.
        ObjectTrackerSize size = new(2, 1, 1, 4, 1, 1);
        float[] maps = [0.4f, 0.2f, 0.2f, 0.2f, 0.7f, 0.1f, 0.1f, 0.1f];
        Assert.That(Masks(maps, size, MaskThreshold.PerImage, MaskKind.Hard), Is.EqualTo(new float[] { 1, 0, 0, 0, 1, 0, 0, 0 }));
        // Normalised: 0.756, 0.378 (three times), mean 0.472; and 0.971, 0.139 (three times), mean 0.347. The batch's mean is 0.410.
        Assert.That(Masks(maps, size, MaskThreshold.PerBatch, MaskKind.Hard), Is.EqualTo(new float[] { 1, 0, 0, 0, 1, 0, 0, 0 }));
        // A clip of a sharper second map lowers the batch's threshold below the flat part of the first.
        maps = [0.26f, 0.25f, 0.25f, 0.24f, 1, 0, 0, 0];
        Assert.That(Masks(maps, size, MaskThreshold.PerImage, MaskKind.Hard)[..4], Is.EqualTo(new float[] { 1, 0, 0, 0 }));
        Assert.That(Masks(maps, size, MaskThreshold.PerBatch, MaskKind.Hard)[..4], Is.EqualTo(new float[] { 1, 1, 1, 1 }));
        // 0.25 · (1/0.26) has two roundings.
        Agreement.Near("soft", Masks(maps, size, MaskThreshold.PerImage, MaskKind.Soft),
            [1, 0.25 / 0.26, 0.25 / 0.26, 0.24 / 0.26, 1, 0, 0, 0], 4 * Agreement.Rounding);
    }

    [Test]
    public void Repetition_gives_the_same_bits() =>
        Agreement.SameBits(memory => Everything(memory, new RandomTrackerClips(new(3, 2, 3, 49, 51, 2))));

    [Test]
    public void A_NaN_is_not_hidden()
    {
        RandomTrackerClips given = new(new(3, 2, 3, 49, 51, 2));
        given.Packed[3 * 51] = float.NaN;
        using TestMemory memory = new();
        Assert.That(Everything(memory, given), Has.Some.NaN);
    }

    private static float[] Everything(TestMemory memory, RandomTrackerClips given)
    {
        (float[] maps, float[] batchMasks, float[] imageMasks) = Track(memory, given, MaskKind.Soft);
        return [.. maps, .. batchMasks, .. imageMasks];
    }

    private static (float[] Maps, float[] BatchMasks, float[] ImageMasks) Track(TestMemory memory, ITrackerClips given, MaskKind kind)
    {
        ObjectTrackerSize size = given.Size;
        ObjectTrackerKernels tracker = memory.Kernels.ObjectTracker;
        DeviceSpan prototypes = memory.Output((long)size.Clips * size.Objects * size.Width),
            similarity = memory.Output((long)size.Clips * size.Patches * size.Objects);
        DeviceSpan normalized = memory.Output((long)size.Clips * size.Patches * size.Width), assignment = memory.Output(similarity.Length);
        DeviceSpan maps = memory.Output((long)size.Clips * size.Frames * size.Objects * size.Patches), masks = memory.Output(maps.Length),
            imageMasks = memory.Output(maps.Length);
        tracker.Prototypes(prototypes, memory.Upload(given.ClsAttention), memory.Upload(given.Heads),
            new(memory.Upload(given.Queries), given.Stride), size);
        tracker.Similarity(similarity, normalized, prototypes, memory.Upload(given.FinalTokens), size);
        memory.Kernels.Sinkhorn.Forward(assignment, similarity, new(size.Clips, size.Patches, size.Objects), 0.05f, 30);
        tracker.Refine(prototypes, assignment, normalized, size);
        tracker.TrackingMaps(maps, prototypes, new(memory.Upload(given.Keys), given.Stride), size);
        tracker.Masks(masks, maps, size, MaskThreshold.PerBatch, kind);
        tracker.Masks(imageMasks, maps, size, MaskThreshold.PerImage, kind);
        return (memory.Download(maps), memory.Download(masks), memory.Download(imageMasks));
    }

    private static float[] Masks(float[] maps, ObjectTrackerSize size, MaskThreshold threshold, MaskKind kind)
    {
        using TestMemory memory = new();
        DeviceSpan masks = memory.Output(maps.Length);
        memory.Kernels.ObjectTracker.Masks(masks, memory.Upload(maps), size, threshold, kind);
        return memory.Download(masks);
    }

    private static double[,] Matrix(int rows, int columns, Func<int, int, double> value)
    {
        double[,] matrix = new double[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                matrix[row, column] = value(row, column);
            }
        }

        return matrix;
    }

    /// <summary>Compares the matrix that lies at its place among equals in <paramref name="actual"/>.</summary>
    private static void Near(string what, float[] actual, int index, double[,] expected, double tolerance) =>
        Agreement.Near($"{what} {index}", actual[(index * expected.Length)..((index + 1) * expected.Length)], [.. expected.Cast<double>()],
            tolerance);

    private static void Check(GoldenFile golden, string tensor, float[] actual)
    {
        GoldenComparison comparison = golden.Compare(tensor, actual);
        Assert.That(comparison.Passes, comparison.ToString());
    }

    /// <summary>
    /// Compares masks. Where a patch's normalised map lies within <paramref name="relative"/> of its threshold, either value is right; few
    /// may lie there.
    /// </summary>
    private static void CheckMasks(GoldenFile golden, string tensor, float[] actual, ObjectTrackerSize size, MaskThreshold threshold,
        double relative)
    {
        double[] maps = golden.Doubles("trackingMaps");
        float[] expected = golden.Floats(tensor);
        int mapsPerClip = size.Frames * size.Objects, doubtful = 0;
        (double[] Normalized, double Mean)[] normalized =
            [.. Enumerable.Range(0, size.Clips * mapsPerClip).Select(map =>
                ObjectTrackerReference.Threshold(maps[(map * size.Patches)..((map + 1) * size.Patches)]))];
        for (int i = 0; i < maps.Length; i++)
        {
            int map = i / size.Patches;
            double mean = threshold == MaskThreshold.PerImage
                ? normalized[map].Mean
                : Enumerable.Range(0, size.Clips).Average(clip => normalized[(clip * mapsPerClip) + (map % mapsPerClip)].Mean);
            if (Math.Abs(normalized[map].Normalized[i % size.Patches] - mean) <= relative * Agreement.Largest(normalized[map].Normalized))
            {
                actual[i] = expected[i];
                doubtful++;
            }
        }

        Assert.That(doubtful, Is.LessThanOrEqualTo(maps.Length / 100));
        Check(golden, tensor, actual);
    }
}
