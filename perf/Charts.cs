using ScottPlot;

namespace DoRA.Perf;

/// <summary>Charts of results, as SVG, whose text the reader's own fonts draw.</summary>
internal static class Charts
{
    private const int Width = 720;

    /// <summary>A bar an operation, the largest on top.</summary>
    public static void Profile(string title, IReadOnlyList<(string Operation, double Seconds)> parts, string file)
    {
        Plot plot = new();
        double whole = parts.Sum(part => part.Seconds);
        for (int i = 0; i < parts.Count; i++)
        {
            double share = 100 * parts[i].Seconds / whole;
            ScottPlot.Plottables.BarPlot bar = plot.Add.Bar(parts.Count - i, share);
            bar.Horizontal = true;
            bar.Bars[0].Label = FormattableString.Invariant($"{share:F1}%");
        }

        plot.Axes.Left.SetTicks(
            [.. parts.Select((_, i) => (double)(parts.Count - i))], [.. parts.Select(part => part.Operation)]);
        plot.Axes.Margins(left: 0, right: 0.15);
        plot.Title(title);
        plot.XLabel("share of the step's time in %");
        File.WriteAllText(file, plot.GetSvgXml(Width, 60 + (28 * Math.Max(parts.Count, 6))));
    }

    /// <summary>Time against value, both relative to the first, on logarithmic axes; a straight line of slope 1 is proportional.</summary>
    public static void Growth(IReadOnlyList<GrowthCurve> curves, string file)
    {
        Plot plot = new();
        foreach (GrowthCurve curve in curves)
        {
            ScottPlot.Plottables.Scatter line = plot.Add.Scatter(
                curve.Values.Select(value => Math.Log2((double)value / curve.Values[0])).ToArray(),
                curve.Seconds.Select(seconds => Math.Log2(seconds / curve.Seconds[0])).ToArray());
            line.LegendText = FormattableString.Invariant($"{curve.Axis}: exponent {curve.Exponent:F2}");
        }

        plot.Title("How the time of a step grows");
        plot.XLabel("doublings of the quantity");
        plot.YLabel("doublings of the time");
        plot.ShowLegend(Alignment.UpperLeft);
        File.WriteAllText(file, plot.GetSvgXml(Width, 480));
    }
}
