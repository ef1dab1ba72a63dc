using DoRA.Model;

namespace DoRA.Pipeline.Watch;

/// <summary>What the teacher's answers to a batch say of its health. Entropies are in nats.</summary>
/// <param name="Rows">Answers looked at.</param>
/// <param name="Entropy">Mean entropy of an answer, mean H(p).</param>
/// <param name="Information">What an answer says of its picture: H(mean p) − mean H(p), at most ln(rows).</param>
/// <param name="FeatureDeviation">Standard deviation over the batch of the CLS tokens, L2-normalised, times √d.</param>
/// <param name="Distinct">Different largest outputs among the answers.</param>
/// <param name="CenterDrift">Distance of the center from the mean of the answers' logits, over the logits' spread about their mean.</param>
/// <param name="TrackOverlap">Mean intersection over union of the masks of two objects in a frame; null where there are no two.</param>
public sealed record TeacherSigns(
    int Rows, double Entropy, double Information, double FeatureDeviation, int Distinct, double CenterDrift, double? TrackOverlap)
{
    /// <summary>More would cost and say no more.</summary>
    private const int MostRows = 64;

    /// <summary><see cref="Information"/> as a share of the most that is possible.</summary>
    public double InformationShare => Rows > 1 ? Information / Math.Log(Rows) : 1;

    /// <summary>Reads a step's results, which must be those of the last step. Waits for the step.</summary>
    /// <param name="teacherTemperature">That the step was taken with.</param>
    /// <param name="objects">k.</param>
    public static TeacherSigns Measure(StepResult result, double teacherTemperature, int objects)
    {
        int all = result.ReadTeacherEntropy().Length, rows = Math.Min(MostRows, all);
        float[] center = result.ReadCenter();
        float[][] logits = [.. Enumerable.Range(0, rows).Select(row => result.ReadTeacherLogits((int)((long)row * all / rows)))];
        double[][] answers = new double[rows][];
        Parallel.For(0, rows, row => answers[row] = Softmax(logits[row], center, teacherTemperature));
        double[] mean = Mean(answers);
        double entropy = answers.Average(Entropies.Of);
        return new(
            rows,
            entropy,
            Entropies.Of(mean) - entropy,
            Deviation(result.ReadTeacherFeatures(), all),
            logits.Select(row => Largest(row, center)).Distinct().Count(),
            Drift(logits, center),
            Overlap(result.ReadMasks(), objects, result.MaskPatches));
    }

    private static double[] Softmax(float[] logits, float[] center, double temperature)
    {
        double[] values = [.. logits.Zip(center, (logit, shift) => (logit - shift) / temperature)];
        double largest = values.Max(), sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            sum += values[i] = Math.Exp(values[i] - largest);
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] /= sum;
        }

        return values;
    }

    private static double[] Mean(double[][] rows)
    {
        double[] mean = new double[rows[0].Length];
        foreach (double[] row in rows)
        {
            for (int i = 0; i < mean.Length; i++)
            {
                mean[i] += row[i] / rows.Length;
            }
        }

        return mean;
    }

    private static int Largest(float[] logits, float[] center)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            best = logits[i] - center[i] > logits[best] - center[best] ? i : best;
        }

        return best;
    }

    private static double Deviation(float[] features, int rows)
    {
        int width = features.Length / rows;
        double[] sums = new double[width], squares = new double[width];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> feature = features.AsSpan(row * width, width);
            double length = 0;
            foreach (float value in feature)
            {
                length += (double)value * value;
            }

            double scale = length > 0 ? Math.Sqrt(width / length) : 0;
            for (int i = 0; i < width; i++)
            {
                sums[i] += scale * feature[i];
                squares[i] += scale * feature[i] * scale * feature[i];
            }
        }

        return Enumerable.Range(0, width).Average(i => Math.Sqrt(Math.Max(0, (squares[i] / rows) - Math.Pow(sums[i] / rows, 2))));
    }

    private static double Drift(float[][] logits, float[] center)
    {
        double distance = 0, spread = 0;
        for (int i = 0; i < center.Length; i++)
        {
            double mean = logits.Average(row => (double)row[i]);
            distance += Math.Pow(mean - center[i], 2);
            spread += logits.Average(row => Math.Pow(row[i] - mean, 2));
        }

        return Math.Sqrt(distance / Math.Max(spread, 1e-12));
    }

    private static double? Overlap(float[] masks, int objects, int patches)
    {
        if (masks.Length == 0 || objects < 2)
        {
            return null;
        }

        double sum = 0;
        int pairs = 0;
        for (int frame = 0; frame < masks.Length; frame += objects * patches)
        {
            for (int a = 0; a < objects; a++)
            {
                for (int b = 0; b < a; b++, pairs++)
                {
                    sum += Overlap(masks.AsSpan(frame + (a * patches), patches), masks.AsSpan(frame + (b * patches), patches));
                }
            }
        }

        return sum / pairs;
    }

    private static double Overlap(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double both = 0, either = 0;
        for (int i = 0; i < a.Length; i++)
        {
            both += Math.Min(a[i], b[i]);
            either += Math.Max(a[i], b[i]);
        }

        return either > 0 ? both / either : 0;
    }
}
