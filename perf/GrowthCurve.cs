using MathNet.Numerics;

namespace DoRA.Perf;

/// <summary>Seconds of a step at each value of an axis.</summary>
internal sealed record GrowthCurve(string Axis, int[] Values, double[] Seconds)
{
    /// <summary>The slope of the line through the logarithms, by least squares.</summary>
    public double Exponent
    {
        get
        {
            double[] x = [.. Values.Select(value => Math.Log(value))], y = [.. Seconds.Select(value => Math.Log(value))];
            return Fit.Line(x, y).B;
        }
    }
}
