using DoRA.Kernels.Primitives;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.Segmentation;

/// <summary>
/// Trains a linear head on frozen patch tokens of random crops: the picture's short side at ½ to 2 crops, a place at random, mirrored or
/// not.
/// A patch learns the shares of the classes among its labelled pixels and weighs as many pixels as are labelled: the cross-entropy of
/// pixels that all have their patch's logits.
/// </summary>
public sealed class SegmentationTrainer(FrozenEncoder encoder, SegmentationSettings settings, SegmentationFolder data, int classes)
{
    private const float SmallestScale = 0.5f, LargestScale = 2;

    /// <summary>The trained head.</summary>
    /// <param name="stepDone">Called after each step with its loss.</param>
    public LinearHead Train(Action<float> stepDone, CancellationToken interruption)
    {
        LinearHead head = new(encoder.Device, settings.Blocks * encoder.Width, classes, (ulong)settings.Seed);
        for (int step = 0; step < settings.Steps; step++)
        {
            interruption.ThrowIfCancellationRequested();
            List<float> features = [], shares = [], weights = [];
            for (int item = 0; item < settings.Batch; item++)
            {
                Add(new((ulong)settings.Seed, RandomPurpose.Evaluation, (uint)step, (uint)item), features, shares, weights);
            }

            float pixels = weights.Sum();
            if (pixels > 0)
            {
                stepDone(head.Step(features.ToArray(), [.. shares], [.. weights.Select(weight => weight / pixels)], settings.RateOf(step)));
            }
        }

        return head;
    }

    private void Add(PhiloxStream numbers, List<float> features, List<float> shares, List<float> weights)
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
        float[] patches = PatchFeatures.Of(
            encoder, PatchFeatures.Window(picture, left, top, settings.Crop), settings.Crop, settings.Blocks);
        int columns = settings.Crop / encoder.Configuration.Patch, length = settings.Blocks * encoder.Width;
        for (int patch = 0; patch < columns * columns; patch++)
        {
            int size = encoder.Configuration.Patch;
            (float[] share, int labelled) = Shares(labels, left + (patch % columns * size), top + (patch / columns * size), size);
            if (labelled > 0)
            {
                features.AddRange(patches.AsSpan(patch * length, length));
                shares.AddRange(share);
                weights.Add(labelled);
            }
        }
    }

    private (float[] Shares, int Labelled) Shares(LabelImage labels, int left, int top, int size)
    {
        float[] shares = new float[classes];
        int labelled = 0;
        for (int y = top; y < Math.Min(top + size, labels.Height); y++)
        {
            for (int x = left; x < Math.Min(left + size, labels.Width); x++)
            {
                byte label = labels.Labels[(y * labels.Width) + x];
                if (label != SegmentationCounts.Ignore)
                {
                    shares[label]++;
                    labelled++;
                }
            }
        }

        for (int i = 0; i < classes && labelled > 0; i++)
        {
            shares[i] /= labelled;
        }

        return (shares, labelled);
    }
}
