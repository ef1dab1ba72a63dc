namespace DoRA.Pipeline.Evaluation.Measures;

/// <summary>Pixels counted per class over a set of pictures, and what semantic segmentation makes of them.</summary>
/// <param name="classes">Number of classes.</param>
public sealed class SegmentationCounts(int classes)
{
    /// <summary>The label of pixels that do not count.</summary>
    public const byte Ignore = 255;

    /// <summary>Pixels of a class that are labelled and predicted so.</summary>
    public long[] Intersection { get; } = new long[classes];

    /// <summary>Pixels predicted to be of a class.</summary>
    public long[] Predicted { get; } = new long[classes];

    /// <summary>Pixels labelled as a class.</summary>
    public long[] Labelled { get; } = new long[classes];

    public long Union(int index) => Predicted[index] + Labelled[index] - Intersection[index];

    /// <summary>A class's intersection over union; NaN where it neither occurs nor is predicted.</summary>
    public double Iou(int index) => Ratio(Intersection[index], Union(index));

    /// <summary>The share of a class's pixels that are predicted so; NaN where it does not occur.</summary>
    public double Accuracy(int index) => Ratio(Intersection[index], Labelled[index]);

    /// <summary>mIoU: over the classes that have one.</summary>
    public double MeanIou => MeanOfNumbers(Iou);

    /// <summary>Mean accuracy over the classes that occur.</summary>
    public double MeanAccuracy => MeanOfNumbers(Accuracy);

    /// <summary>The share of all labelled pixels that are predicted right.</summary>
    public double PixelAccuracy => Ratio(Intersection.Sum(), Labelled.Sum());

    /// <summary>ADE20K's labels count from 1, 0 being unlabelled: 1 becomes 0, 0 becomes <see cref="Ignore"/>.</summary>
    public static byte[] ReduceZeroLabel(ReadOnlySpan<byte> labels)
    {
        byte[] reduced = new byte[labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            reduced[i] = labels[i] is 0 or Ignore ? Ignore : (byte)(labels[i] - 1);
        }

        return reduced;
    }

    /// <summary>Counts a picture. Labels beyond the classes count as wrong predictions do: in nobody's favour.</summary>
    public void Add(ReadOnlySpan<byte> predictions, ReadOnlySpan<byte> labels)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            (byte predicted, byte label) = (predictions[i], labels[i]);
            if (label == Ignore)
            {
                continue;
            }

            if (predicted < classes)
            {
                Predicted[predicted]++;
            }

            if (label < classes)
            {
                Labelled[label]++;
                Intersection[label] += predicted == label ? 1 : 0;
            }
        }
    }

    private static double Ratio(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;

    private double MeanOfNumbers(Func<int, double> value)
    {
        double[] numbers = [.. Enumerable.Range(0, classes).Select(value).Where(number => !double.IsNaN(number))];
        return numbers.Length == 0 ? double.NaN : numbers.Sum() / numbers.Length;
    }
}
