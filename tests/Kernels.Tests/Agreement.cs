namespace DoRA.Kernels.Tests;

/// <summary>Comparisons that a NaN fails, and the arithmetic from which their tolerances are derived.</summary>
internal static class Agreement
{
    /// <summary>Half a unit in the last place of 1 in float32: the largest relative error of one rounding.</summary>
    public const double Rounding = 1.0 / (1 << 24);

    /// <summary>Half a unit in the last place of 1 in bfloat16: the largest relative error of one rounding.</summary>
    public const double BFloat16Rounding = 1.0 / (1 << 8);

    /// <summary>
    /// Bound of a float32 sum's error, where <paramref name="magnitude"/> bounds the sum of the terms' magnitudes: sums run in 16 lanes or
    /// more, so length/16 additions follow one another, and some eight roundings more make the terms and add up the lanes.
    /// </summary>
    public static double SumError(int length, double magnitude) => ((length / 16.0) + 8) * Rounding * magnitude;

    public static double Largest(double[] values) => values.Select(Math.Abs).DefaultIfEmpty().Max();

    public static double[] Wide(float[] values) => [.. values.Select(value => (double)value)];

    public static void Near(string what, float[] actual, double[] expected, double tolerance, double relative = 0)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length), what);
        for (int i = 0; i < expected.Length; i++)
        {
            double allowed = tolerance + (relative * (Math.Abs(expected[i]) + tolerance));
            if (!(Math.Abs(actual[i] - expected[i]) <= allowed))
            {
                Assert.Fail($"{what}[{i}] is {actual[i]:g9}, should be {expected[i]:g9} within {allowed:g3}.");
            }
        }
    }

    /// <summary>
    /// Holds a gradient in double to the central differences of its function. Their error is h² f‴/6 + 2⁻⁵³ |f|/h, about 1e-10 for
    /// functions and
    /// third derivatives near 1: a wrong term would be a million times larger than the tolerance of 1e-6.
    /// </summary>
    public static void IsGradient(string what, double[] gradient, double[] at, Func<double[], double> function)
    {
        const double h = 1e-5;
        double scale = Math.Max(1, Largest(gradient));
        for (int i = 0; i < at.Length; i++)
        {
            double[] up = [.. at], down = [.. at];
            up[i] += h;
            down[i] -= h;
            double expected = (function(up) - function(down)) / (2 * h);
            if (!(Math.Abs(gradient[i] - expected) <= 1e-6 * scale))
            {
                Assert.Fail($"{what}[{i}] is {gradient[i]:g9}, central differences say {expected:g9}.");
            }
        }
    }

    /// <summary>Repeats a computation on one thread and on several, and demands the same bits.</summary>
    public static void SameBits(Func<TestMemory, float[]> compute)
    {
        int[] threadCounts = [1, 2, 2, 5];
        int[][] bits = [.. threadCounts.Select(threads =>
        {
            using TestMemory memory = new(threads);
            return compute(memory).Select(BitConverter.SingleToInt32Bits).ToArray();
        })];
        Assert.That(bits.Skip(1), Has.All.EqualTo(bits[0]));
    }
}
