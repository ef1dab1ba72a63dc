namespace DoRA.Pipeline.Dataset;

/// <summary>One frame that was measured.</summary>
/// <param name="Lightness">Mean CIE L* of its pixels.</param>
/// <param name="Motion">In shorter sides of the picture a second; null where nothing could be followed.</param>
public sealed record FrameSample(double Seconds, double Lightness, double? Motion);

/// <summary>A frame that the labels speak of.</summary>
public sealed record LabelledFrame(double Seconds, int Objects, int Classes);

/// <summary>Of some numbers.</summary>
public sealed record Spread(double Mean, double Deviation, double Least, double Most)
{
    /// <summary>Null of none.</summary>
    public static Spread? Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
        {
            return null;
        }

        double mean = values.Average();
        return new(mean, Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), values.Min(), values.Max());
    }
}

/// <summary>What the paper counts of a video.</summary>
/// <param name="Cuts">When a new shot begins, in seconds, the first one apart.</param>
/// <param name="Labels">Frames of the label file in the order of time; none without one.</param>
public sealed record VideoStatistics(
    string Video, int Width, int Height, double FramesPerSecond, double Seconds, long Frames, IReadOnlyList<FrameSample> Samples,
    IReadOnlyList<double> Cuts, IReadOnlyList<LabelledFrame> Labels)
{
    public int Shots => Cuts.Count + 1;

    public Spread? Lightness => Spread.Of([.. Samples.Select(sample => sample.Lightness)]);

    public Spread? Motion => Spread.Of([.. Samples.Select(sample => sample.Motion).OfType<double>()]);

    public Spread? Objects => Spread.Of([.. Labels.Select(frame => (double)frame.Objects)]);

    public Spread? Classes => Spread.Of([.. Labels.Select(frame => (double)frame.Classes)]);
}
