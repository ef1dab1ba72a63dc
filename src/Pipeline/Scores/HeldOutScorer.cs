using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Scores;

/// <summary>Scores encoders on the same pictures, crops and split, so that their scores can stand in one table.</summary>
/// <param name="data">Read from <c>samples/scores</c>.</param>
/// <param name="photoSide">Side in pixels to which photos and crops of photos are brought: that of the network's global views.</param>
/// <param name="seed">Draws the crops.</param>
public sealed class HeldOutScorer(ScoreData data, int photoSide, ulong seed = 0)
{
    /// <summary>Of three photos in a row of one class the classifier learns from two and is tested on the third.</summary>
    private const int TestEvery = 3;

    private const double RidgeStrength = 0.1;

    /// <summary>The window of DAVIS's protocol, 12 patches of 16 pixels at a height of 480, as a share of the height.</summary>
    private const double WindowShare = 12 * 16 / 480.0;

    private const int EncodedAtOnce = 50;
    private readonly PictureSize _photo = new(photoSide, photoSide);

    /// <param name="encoder">Takes square photos of the side given to the scorer, and frames of <see cref="ScoreData.FrameSize"/>.</param>
    public HeldOutScores Measure(ImageEncoder encoder)
    {
        using CpuDevice device = new();
        Dictionary<string, double> overlaps =
            data.Sequences.ToDictionary(sequence => sequence.Name, sequence => MeanOverlap(device, encoder, sequence));
        return new(Retrieval(device, encoder), RidgeAccuracy(device, encoder), overlaps.Values.Average(), overlaps);
    }

    /// <summary>Two crops of each photo with colours, flips and blur as in training, but cut as freely as a clip's box (0.2 of the area
    /// on).</summary>
    private double Retrieval(CpuDevice device, ImageEncoder encoder)
    {
        ViewSettings settings = new() { ClipCrop = 0, GlobalSize = photoSide, GlobalScale = new(0.2, 1) };
        ViewSampler sampler = new(ViewRules.DoraUnmasked(settings), seed);
        float[] Crops(int view) => EncodePhotos(device, encoder, photo => sampler.Global(new(0, photo, 0), view, ScoreData.PhotoSize));
        return ViewRetrieval.Score(Crops(0), Crops(1), data.Photos.Count);
    }

    private double RidgeAccuracy(CpuDevice device, ImageEncoder encoder)
    {
        float[] cls = EncodePhotos(device, encoder, _ => new() { Box = CropBox.Whole(ScoreData.PhotoSize), Filter = ResizeFilter.Bicubic });
        int width = cls.Length / data.Photos.Count;
        ILookup<bool, int> photos = Enumerable.Range(0, data.Photos.Count).ToLookup(photo => photo % TestEvery == TestEvery - 1);
        float[] Rows(bool test) => [.. photos[test].SelectMany(photo => cls.AsSpan(photo * width, width).ToArray())];
        int[] Labels(bool test) => [.. photos[test].Select(photo => data.Photos[photo].Class)];
        return RidgeClassifier.Fit(Rows(false), Labels(false), data.Classes.Count, RidgeStrength).Accuracy(Rows(true), Labels(true));
    }

    private static double MeanOverlap(CpuDevice device, ImageEncoder encoder, MaskedSequence sequence)
    {
        PictureSize size = ScoreData.FrameSize;
        ViewRecipe[] recipes = [.. sequence.Frames.Select((_, frame) => new ViewRecipe { Source = frame, Box = CropBox.Whole(size) })];
        EncodedImages encoded = encoder(PictureViews.Cut(device, sequence.Frames, size, size, recipes), recipes.Length, size);
        int patch = encoded.PatchSide(size);
        LabelPropagation propagation = new(size.Height / patch, size.Width / patch)
        {
            Radius = (int)Math.Round(WindowShare * size.Height / patch),
        };
        float[][] labels = propagation.Run(
            [.. encoded.PatchTokens.Chunk(encoded.PatchTokens.Length / recipes.Length)],
            ObjectMasks.ToLabels(sequence.Masks[0], size, patch));

        // As in the benchmark, the first frame, which is given, and the last do not count.
        return Enumerable.Range(1, labels.Length - 2).Average(frame =>
            ObjectMasks.Overlap(ObjectMasks.FromLabels(labels[frame], size, patch), sequence.Masks[frame]));
    }

    /// <summary>CLS features of one view of every photo, [photos, width].</summary>
    private float[] EncodePhotos(CpuDevice device, ImageEncoder encoder, Func<int, ViewRecipe> recipe) =>
        [.. Enumerable.Range(0, data.Photos.Count).Chunk(EncodedAtOnce).SelectMany(photos =>
        {
            float[][] pixels = [.. photos.Select(photo => data.Photos[photo].Pixels)];
            ViewRecipe[] recipes = [.. photos.Select((photo, source) => recipe(photo) with { Source = source })];
            return encoder(PictureViews.Cut(device, pixels, ScoreData.PhotoSize, _photo, recipes), photos.Length, _photo).Cls;
        })];
}
