using DoRA.Pipeline.Evaluation.Images;

namespace DoRA.Pipeline.Evaluation.Measures;

/// <summary>
/// The two measures of DAVIS (Perazzi et al., CVPR 2016): region similarity J and boundary accuracy F, in double, as the benchmark's own
/// code counts them.
/// </summary>
public static class DavisMeasures
{
    /// <summary>Boundaries match within this share of the picture's diagonal.</summary>
    public const double BoundaryShare = 0.008;

    /// <summary>J: intersection over union; 1 where both are empty.</summary>
    /// <param name="ignored">Pixels that do not count.</param>
    public static double Region(BinaryMask predicted, BinaryMask truth, BinaryMask? ignored = null)
    {
        long intersection = 0, union = 0;
        for (int i = 0; i < truth.Pixels.Length; i++)
        {
            if (ignored is null || !ignored.Pixels[i])
            {
                intersection += predicted.Pixels[i] && truth.Pixels[i] ? 1 : 0;
                union += predicted.Pixels[i] || truth.Pixels[i] ? 1 : 0;
            }
        }

        return union == 0 ? 1 : (double)intersection / union;
    }

    /// <summary>F: harmonic mean of precision and recall of boundary pixels. Both empty is 1, one of them empty 0.</summary>
    /// <param name="radius">Pixels within which boundaries match; null takes <see cref="BoundaryShare"/> of the diagonal, rounded
    /// up.</param>
    public static double Boundary(BinaryMask predicted, BinaryMask truth, BinaryMask? ignored = null, int? radius = null)
    {
        int reach = radius ?? (int)Math.Ceiling(
            BoundaryShare * Math.Sqrt(((double)truth.Height * truth.Height) + ((double)truth.Width * truth.Width)));
        bool[] predictedEdge = BoundaryOf(Without(predicted, ignored)), trueEdge = BoundaryOf(Without(truth, ignored));
        int predictedCount = predictedEdge.Count(edge => edge), trueCount = trueEdge.Count(edge => edge);
        if (predictedCount == 0 || trueCount == 0)
        {
            return predictedCount == trueCount ? 1 : 0;
        }

        double precision = (double)Matches(predictedEdge, Dilate(trueEdge, truth.Width, reach)) / predictedCount;
        double recall = (double)Matches(trueEdge, Dilate(predictedEdge, truth.Width, reach)) / trueCount;
        return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    /// <summary>Pixels that differ from their right, lower or lower right neighbour.</summary>
    public static bool[] BoundaryOf(BinaryMask mask)
    {
        (int width, int height, bool[] pixels) = (mask.Width, mask.Height, mask.Pixels);
        bool[] edge = new bool[pixels.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int i = (y * width) + x;
                bool hasRight = x + 1 < width, hasBelow = y + 1 < height;
                edge[i] = (hasRight && pixels[i] != pixels[i + 1])
                    || (hasBelow && pixels[i] != pixels[i + width])
                    || (hasRight && hasBelow && pixels[i] != pixels[i + width + 1]);
            }
        }

        return edge;
    }

    /// <summary>Mean, share above ½, and decay from the first to the last quarter of a sequence's values.</summary>
    /// <remarks>The benchmark keeps the quarters' ends in bytes, so that it has no decay for more than 256 frames: NaN, here too.</remarks>
    public static (double Mean, double Recall, double Decay) Statistics(ReadOnlySpan<double> values)
    {
        double[] all = values.ToArray();
        int[] ends = new int[5];
        for (int i = 0; i < ends.Length; i++)
        {
            ends[i] = (byte)((int)Math.Round(1 + (i * ((all.Length - 1) / 4.0)) + 1e-10, MidpointRounding.ToEven) - 1);
        }

        return (Mean(all), all.Count(value => value > 0.5) / (double)all.Length, Quarter(0) - Quarter(3));

        double Quarter(int index) => ends[index] > ends[index + 1] ? double.NaN : Mean(all[ends[index]..(ends[index + 1] + 1)]);
    }

    private static double Mean(double[] values) => values.Length == 0 ? double.NaN : values.Sum() / values.Length;

    private static BinaryMask Without(BinaryMask mask, BinaryMask? ignored) =>
        ignored is null ? mask : mask with { Pixels = [.. mask.Pixels.Zip(ignored.Pixels, (pixel, ignore) => pixel && !ignore)] };

    private static int Matches(bool[] edge, bool[] area) => edge.Zip(area, (one, other) => one && other).Count(both => both);

    /// <summary>Every pixel within <paramref name="radius"/> of a set one.</summary>
    private static bool[] Dilate(bool[] edge, int width, int radius)
    {
        int height = edge.Length / width;
        bool[] area = new bool[edge.Length];
        for (int i = 0; i < edge.Length; i++)
        {
            for (int dy = -radius; edge[i] && dy <= radius; dy++)
            {
                int y = (i / width) + dy, reach = (int)Math.Sqrt((radius * radius) - (dy * dy));
                if (y >= 0 && y < height)
                {
                    int from = Math.Max(0, (i % width) - reach), to = Math.Min(width - 1, (i % width) + reach);
                    area.AsSpan((y * width) + from, to - from + 1).Fill(true);
                }
            }
        }

        return area;
    }
}
