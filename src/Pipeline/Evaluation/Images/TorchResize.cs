namespace DoRA.Pipeline.Evaluation.Images;

/// <summary>
/// Resizes maps as <c>torch.nn.functional.interpolate</c> does with <c>align_corners=False</c>: no antialiasing, edge samples repeated;
/// bicubic is Keys' cubic convolution with a = −0.75.
/// </summary>
public static class TorchResize
{
    private const double CubicA = -0.75;

    /// <param name="source">[channels, height, width].</param>
    /// <returns>[channels, newHeight, newWidth].</returns>
    public static float[] Bilinear(float[] source, int channels, int height, int width, int newHeight, int newWidth) =>
        Resample(source, channels, height, width, LinearTaps(height, newHeight), LinearTaps(width, newWidth));

    /// <inheritdoc cref="Bilinear"/>
    public static float[] Bicubic(float[] source, int channels, int height, int width, int newHeight, int newWidth) =>
        Resample(source, channels, height, width, Taps(height, newHeight, Cubic), Taps(width, newWidth, Cubic));

    /// <summary>For each of <paramref name="outputs"/> samples along one axis, the two inputs that a bilinear one is made of.</summary>
    internal static (int Index, double Weight)[][] LinearTaps(int inputs, int outputs) => Taps(inputs, outputs, Linear);

    private static float[] Resample(
        float[] source, int channels, int height, int width, (int Index, double Weight)[][] rows, (int Index, double Weight)[][] columns)
    {
        int newHeight = rows.Length, newWidth = columns.Length;
        float[] result = new float[channels * newHeight * newWidth];
        Parallel.For(0, channels * newHeight, line =>
        {
            int plane = line / newHeight * height * width;
            (int Index, double Weight)[] vertical = rows[line % newHeight];
            for (int x = 0; x < newWidth; x++)
            {
                double sum = 0;
                foreach ((int row, double rowWeight) in vertical)
                {
                    double mixed = 0;
                    foreach ((int column, double columnWeight) in columns[x])
                    {
                        mixed += columnWeight * source[plane + (row * width) + column];
                    }

                    sum += rowWeight * mixed;
                }

                result[(line * newWidth) + x] = (float)sum;
            }
        });
        return result;
    }

    private static (int Index, double Weight)[][] Taps(int inputs, int outputs, Func<double, (int First, double[] Weights)> filter) =>
        [.. Enumerable.Range(0, outputs).Select(output =>
        {
            (int first, double[] weights) = filter(((output + 0.5) * inputs / outputs) - 0.5);
            return weights.Select((weight, k) => (Math.Clamp(first + k, 0, inputs - 1), weight)).ToArray();
        })];

    private static (int First, double[] Weights) Linear(double position)
    {
        double inside = Math.Max(position, 0), fraction = inside - Math.Floor(inside);
        return ((int)Math.Floor(inside), [1 - fraction, fraction]);
    }

    private static (int First, double[] Weights) Cubic(double position)
    {
        double fraction = position - Math.Floor(position);
        return ((int)Math.Floor(position) - 1, [Far(1 + fraction), Near(fraction), Near(1 - fraction), Far(2 - fraction)]);
    }

    private static double Near(double x) => ((((CubicA + 2) * x) - (CubicA + 3)) * x * x) + 1;

    private static double Far(double x) => (((((CubicA * x) - (5 * CubicA)) * x) + (8 * CubicA)) * x) - (4 * CubicA);
}
