using System.Globalization;

namespace DoRA.Pipeline.Configuration;

/// <summary>Two numbers between which one is drawn; written <c>[0.2, 1]</c>.</summary>
public readonly record struct Interval(double Minimum, double Maximum)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Minimum:R}, {Maximum:R}]");
}
