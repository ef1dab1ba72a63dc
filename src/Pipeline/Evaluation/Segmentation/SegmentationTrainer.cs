using DoRA.Kernels.Primitives;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.Segmentation;

/// <summary>
/// Trains a linear head on frozen patch tokens of random crops: the picture's short side at ½ to 2 crops, a place at random, mirrored or
/// not. The loss is the mean <see cref="PixelCrossEntropy"/> of all labelled pixels of a batch.
/// </summary>
public sealed class SegmentationTrainer(FrozenEncoder encoder, SegmentationSettings settings, SegmentationFolder data, int classes)
{
    private const float SmallestScale = 0.5f, LargestScale = 2;
    private readonly PixelCrossEntropy _loss = new(settings.Crop / encoder.Configuration.Patch, settings.Crop, classes);

    /// <summary>The trained head.</summary>
    /// <param name="stepDone">Called after each step with its loss, in nats; not a number where no pixel of the batch was
    /// labelled.</param>
    public LinearHead Train(Action<float> stepDone, CancellationToken interruption)
    {
        LinearHead head = new(encoder.Device, settings.Blocks * encoder.Width, classes, (ulong)settings.Seed);
        for (int step = 0; step < settings.Steps; step++)
        {
            interruption.ThrowIfCancellationRequested();
            (float[] Planes, LabelImage Labels)[] crops = [.. Enumerable.Range(0, settings.Batch)
                .Select(item => Crop(new((ulong)settings.Seed, RandomPurpose.Evaluation, (uint)step, (uint)item)))];
            int labelled = crops.Sum(crop => PixelCrossEntropy.Labelled(crop.Labels));
            float loss = float.NaN;
            if (labelled > 0)
            {
                float[] features = [.. crops.SelectMany(crop => PatchFeatures.Of(encoder, crop.Planes, settings.Crop, settings.Blocks))];
                head.Step(features, logits => Gradient(logits, crops, 1f / labelled, out loss), settings.RateOf(step));
            }

            stepDone(loss);
        }

        return head;
    }

    private float[] Gradient(float[] logits, (float[] Planes, LabelImage Labels)[] crops, float weight, out float loss)
    {
        float[] gradient = new float[logits.Length];
        double[] losses = new double[crops.Length];
        int length = logits.Length / crops.Length;
        Parallel.For(0, crops.Length, item => losses[item] = _loss.Compute(
            logits.AsSpan(item * length, length), crops[item].Labels, weight, gradient.AsSpan(item * length, length)));
        loss = (float)losses.Sum();
        return gradient;
    }

    /// <summary>A crop's normalised pixels and its labels; what lies beyond the picture is 0, and does not count.</summary>
    private (float[] Planes, LabelImage Labels) Crop(PhiloxStream numbers)
    {
        (RgbImage picture, LabelImage labels) = data.Load(numbers.Integer(0, data.Pairs.Count), classes);
        double scale = settings.Crop * numbers.Uniform(1, SmallestScale, LargestScale) / Math.Min(picture.Width, picture.Height);
        int width = Math.Max(1, (int)Math.Round(picture.Width * scale)), height = Math.Max(1, (int)Math.Round(picture.Height * scale));
        (picture, labels) = (picture.ResizeOpenCv(width, height), labels.Resize(width, height));
        if (numbers.Uniform(2) < 0.5f)
        {
            (picture, labels) = (picture.Flip(), labels with { Labels = [.. labels.Labels.Chunk(width).SelectMany(row => row.Reverse())] });
        }

        int left = numbers.Integer(3, Math.Max(1, width - settings.Crop + 1)),
            top = numbers.Integer(4, Math.Max(1, height - settings.Crop + 1));
        return (PatchFeatures.Window(picture, left, top, settings.Crop), labels.Window(left, top, settings.Crop, SegmentationCounts.Ignore));
    }
}
