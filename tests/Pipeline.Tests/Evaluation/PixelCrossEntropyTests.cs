using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;
using DoRA.Pipeline.Evaluation.Segmentation;

namespace DoRA.Pipeline.Tests.Evaluation;

public class PixelCrossEntropyTests
{
    private const int Classes = 5;

    /// <summary>Logits brought to pixels by the tested resize, then softmax and logarithm in double.</summary>
    [TestCase(2, 8)]
    [TestCase(3, 7)]
    [TestCase(1, 4)]
    public void Value_is_that_of_upsampled_logits(int columns, int side)
    {
        (float[] logits, LabelImage crop) = Make(columns, side);
        int patches = columns * columns;
        float[] maps = [.. Enumerable.Range(0, logits.Length).Select(i => logits[(i % patches * Classes) + (i / patches)])];
        float[] pixels = TorchResize.Bilinear(maps, Classes, columns, columns, side, side);
        double expected = 0;
        for (int i = 0; i < side * side; i++)
        {
            if (crop.Labels[i] != SegmentationCounts.Ignore)
            {
                double[] values = [.. Enumerable.Range(0, Classes).Select(index => (double)pixels[(index * side * side) + i])];
                expected += Math.Log(values.Sum(Math.Exp)) - values[crop.Labels[i]];
            }
        }

        double value = new PixelCrossEntropy(columns, side, Classes).Compute(logits, crop, 0.25f, new float[logits.Length]);

        // Logits of at most 4, mixed and exponentiated in float32: a few roundings of 2⁻²⁴ times 4 a pixel.
        double tolerance = 0.25 * side * side * 8 * 4 * Math.ScaleB(1, -24);
        Assert.That(!(Math.Abs(value - (0.25 * expected)) <= tolerance), Is.False, $"{value} is not {0.25 * expected}");
    }

    [TestCase(2, 8)]
    [TestCase(3, 7)]
    public void Gradient_is_the_slope(int columns, int side)
    {
        (float[] logits, LabelImage crop) = Make(columns, side);
        PixelCrossEntropy loss = new(columns, side, Classes);
        float[] gradient = new float[logits.Length], ignored = new float[logits.Length];
        loss.Compute(logits, crop, 1, gradient);
        for (int i = 0; i < logits.Length; i++)
        {
            const float distance = 1 / 64f;
            float[] above = [.. logits], below = [.. logits];
            above[i] += distance;
            below[i] -= distance;
            double slope = (loss.Compute(above, crop, 1, ignored) - loss.Compute(below, crop, 1, ignored)) / (2 * distance);

            // The central difference of a sum of log-sum-exp of at most side² pixels is off by h²/6 times third derivatives of at most
            // ½ each, and by the values' rounding divided by 2h.
            double tolerance = side * side * ((distance * distance / 12) + (8 * 4 * Math.ScaleB(1, -24) / (2 * distance)));
            Assert.That(!(Math.Abs(slope - gradient[i]) <= tolerance), Is.False, $"{i}: {gradient[i]} is not {slope}");
        }

        Assert.That(gradient.Max(MathF.Abs), Is.GreaterThan(0.1f));
    }

    [Test]
    public void What_is_not_labelled_does_not_count()
    {
        (float[] logits, LabelImage crop) = Make(2, 8);
        float[] gradient = new float[logits.Length];
        LabelImage nothing = crop with { Labels = [.. crop.Labels.Select(_ => (byte)SegmentationCounts.Ignore)] };
        Assert.That(new PixelCrossEntropy(2, 8, Classes).Compute(logits, nothing, 1, gradient), Is.Zero);
        Assert.That(gradient, Is.All.Zero);
        Assert.That(PixelCrossEntropy.Labelled(nothing), Is.Zero);
    }

    private static (float[] Logits, LabelImage Crop) Make(int columns, int side)
    {
        Random random = new(columns + side);
        return (
            [.. Enumerable.Range(0, columns * columns * Classes).Select(_ => (random.NextSingle() * 8) - 4)],
            new(side, side, [.. Enumerable.Range(0, side * side)
                .Select(i => i % 7 == 0 ? (byte)SegmentationCounts.Ignore : (byte)random.Next(Classes))]));
    }
}
