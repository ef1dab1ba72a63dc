using System.Numerics.Tensors;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.Segmentation;

/// <summary>
/// Cross-entropy of pixels whose logits are the patches' brought to their place bilinearly, as benchmarks train a linear head
/// (<c>interpolate</c> with <c>align_corners=False</c>, then softmax). Pixels of label <see cref="SegmentationCounts.Ignore"/> do not
/// count.
/// </summary>
/// <param name="columns">Patches along each side of a crop.</param>
/// <param name="side">Pixels along each side.</param>
public sealed class PixelCrossEntropy(int columns, int side, int classes)
{
    private readonly (int Index, double Weight)[][] _taps = TorchResize.LinearTaps(columns, side);

    /// <summary>How many pixels of a crop count.</summary>
    public static int Labelled(LabelImage crop) => crop.Labels.Length - crop.Labels.Count(SegmentationCounts.Ignore);

    /// <summary>The sum over a crop's pixels of their cross-entropies, each times <paramref name="weight"/>, in nats.</summary>
    /// <param name="logits">[columns · columns, classes].</param>
    /// <param name="crop">[side, side].</param>
    /// <param name="gradient">[columns · columns, classes], written: the value's gradient with regard to the logits.</param>
    public double Compute(ReadOnlySpan<float> logits, LabelImage crop, float weight, Span<float> gradient)
    {
        gradient.Clear();
        int length = columns * classes;
        float[] line = new float[length], lineGradient = new float[length], probabilities = new float[classes];
        double sum = 0;
        for (int y = 0; y < side; y++)
        {
            // The patches' logits at this line's height, then at each of its pixels; gradients go the same way back.
            TensorPrimitives.Multiply(RowOf(logits, _taps[y][0]), (float)_taps[y][0].Weight, line);
            TensorPrimitives.MultiplyAdd(RowOf(logits, _taps[y][1]), (float)_taps[y][1].Weight, line, line);
            Array.Clear(lineGradient);
            for (int x = 0; x < side; x++)
            {
                byte label = crop.Labels[(y * side) + x];
                if (label != SegmentationCounts.Ignore)
                {
                    sum += Pixel(line, lineGradient, probabilities, _taps[x], label);
                }
            }

            foreach ((int Index, double Weight) tap in _taps[y])
            {
                Span<float> row = gradient.Slice(tap.Index * length, length);
                TensorPrimitives.MultiplyAdd(lineGradient, weight * (float)tap.Weight, row, row);
            }
        }

        return weight * sum;
    }

    private double Pixel(float[] line, float[] lineGradient, float[] probabilities, (int Index, double Weight)[] taps, byte label)
    {
        TensorPrimitives.Multiply(line.AsSpan(taps[0].Index * classes, classes), (float)taps[0].Weight, probabilities);
        TensorPrimitives.MultiplyAdd(line.AsSpan(taps[1].Index * classes, classes), (float)taps[1].Weight, probabilities, probabilities);
        float largest = TensorPrimitives.Max<float>(probabilities), logit = probabilities[label];
        TensorPrimitives.Subtract(probabilities, largest, probabilities);
        TensorPrimitives.Exp<float>(probabilities, probabilities);
        float total = TensorPrimitives.Sum<float>(probabilities);
        TensorPrimitives.Divide(probabilities, total, probabilities);
        probabilities[label] -= 1;
        foreach ((int index, double weight) in taps)
        {
            Span<float> target = lineGradient.AsSpan(index * classes, classes);
            TensorPrimitives.MultiplyAdd(probabilities, (float)weight, target, target);
        }

        return Math.Log(total) + largest - logit;
    }

    private ReadOnlySpan<float> RowOf(ReadOnlySpan<float> logits, (int Index, double Weight) tap) =>
        logits.Slice(tap.Index * columns * classes, columns * classes);
}
