namespace DoRA.Autograd;

/// <summary>Gradients by central differences of a function in double, to hold an operation's Backward to.</summary>
public static class GradCheck
{
    /// <summary>
    /// <c>(f(x + h eᵢ) − f(x − h eᵢ)) / 2h</c> for every i. The error is of order h² (truncation) and ε|f|/h (rounding): with
    /// h = 1e-5 about 1e-10 for functions and derivatives near 1.
    /// </summary>
    /// <param name="function">A function of all elements of <paramref name="point"/>, which it leaves as they are.</param>
    /// <param name="point">Where; restored on return.</param>
    public static double[] CentralDifferences(Func<double[], double> function, double[] point, double step = 1e-5)
    {
        double[] gradient = new double[point.Length];
        for (int i = 0; i < point.Length; i++)
        {
            double value = point[i];
            point[i] = value + step;
            double above = function(point);
            point[i] = value - step;
            double below = function(point);
            point[i] = value;
            gradient[i] = (above - below) / (2 * step);
        }

        return gradient;
    }

    /// <summary>Largest difference as a share of the expected gradient's largest magnitude; NaN where either holds one.</summary>
    public static double RelativeError(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected)
    {
        double difference = 0, magnitude = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(actual[i] - expected[i]);
            difference = error > difference || double.IsNaN(error) ? error : difference;
            magnitude = Math.Max(magnitude, Math.Abs(expected[i]));
        }

        return difference / Math.Max(magnitude, double.Epsilon);
    }
}
