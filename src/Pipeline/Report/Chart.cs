using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ScottPlot;

namespace DoRA.Pipeline.Report;

/// <summary>A line of a chart.</summary>
/// <param name="Color">Number of one of the page's colours.</param>
/// <param name="HasBand">Shows from where to where the values go beside their mean.</param>
internal sealed record Series(string Name, double[] X, double[] Y, int Color, bool HasBand = false);

/// <summary>
/// A line chart as SVG inside a page. ScottPlot draws the lines, in stand-ins for the page's own colours; the words are left to the browser,
/// which has fonts where this machine may have none, and follow the page from light to dark.
/// </summary>
internal sealed partial class Chart(string title, params Series[] series)
{
    private const int Width = 420, Height = 230, Left = 50, Right = 10, Top = 10, Bottom = 24, PointsAtMost = 240, Ticks = 5;
    private static readonly double[] NiceSteps = [1, 2, 5, 10];
    private static readonly string[] StandIns = ["#0A0B01", "#0A0B02", "#0A0B03", "#0A0B04"];

    /// <summary>Plots the logarithms of the values.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>A value to compare with, as a dashed line.</summary>
    public (double Value, string Name)? Reference { get; init; }

    /// <summary>How to read it, under the picture.</summary>
    public string Caption { get; init; } = "";

    /// <summary>The chart with its title, key and caption.</summary>
    public string ToHtml()
    {
        StringBuilder html = new($"<figure class=\"chart\"><h3>{Html.Text(title)}</h3>\n{Svg()}\n<figcaption>");
        foreach (Series one in series)
        {
            html.Append($"<span class=\"key\"><i style=\"background:var(--series-{one.Color})\"></i>{Html.Text(one.Name)} "
                + $"<b>{Number(one.Y[^1])}</b></span> ");
        }

        if (Reference is { } reference)
        {
            html.Append($"<span class=\"key\"><i class=\"dash\"></i>{Html.Text(reference.Name)} <b>{Number(reference.Value)}</b></span> ");
        }

        return html.Append($"<p>{Html.Text(Caption)}</p></figcaption></figure>\n").ToString();
    }

    private string Svg()
    {
        Series[] shown = [.. series.Select(Thin)];
        (double least, double most) = Range(shown);
        (double first, double last) = (series.Min(one => one.X[0]), series.Max(one => one.X[^1]));
        using Plot plot = new();
        plot.FigureBackground.Color = plot.DataBackground.Color = Colors.Transparent;
        plot.Layout.Fixed(new PixelPadding(Left, Right, Bottom, Top));
        plot.HideAxesAndGrid();
        for (int i = 0; i < shown.Length; i++)
        {
            Draw(plot, series[i], shown[i]);
        }

        plot.Axes.SetLimits(first, last > first ? last : first + 1, least, most);
        StringBuilder words = new();
        foreach (double tick in NiceTicks(least, most, IsLogarithmic))
        {
            Rule(plot, plot.Add.HorizontalLine(tick), tick, LinePattern.Solid);
            double y = Height - Bottom - ((tick - least) / (most - least) * (Height - Top - Bottom));
            words.Append($"<text x=\"{Left - 6}\" y=\"{y + 4:f1}\" text-anchor=\"end\">{Number(IsLogarithmic ? Math.Pow(10, tick) : tick)}</text>");
        }

        if (Reference is { } reference)
        {
            Rule(plot, plot.Add.HorizontalLine(Scale(reference.Value)), 0, LinePattern.Dashed);
        }

        foreach (double tick in NiceTicks(first, last, isLogarithmic: false).Where(step => step == Math.Floor(step)))
        {
            double x = Left + ((tick - first) / Math.Max(1, last - first) * (Width - Left - Right));
            words.Append($"<text x=\"{x:f1}\" y=\"{Height - 6}\" text-anchor=\"middle\">{Number(tick)}</text>");
        }

        return Inline(plot.GetSvgXml(Width, Height), words.ToString());
    }

    private void Draw(Plot plot, Series whole, Series one)
    {
        Color color = Color.FromHex(StandIns[one.Color - 1]);
        if (one.HasBand)
        {
            (double[] low, double[] high) = Band(whole, one.X.Length);
            ScottPlot.Plottables.FillY band = plot.Add.FillY(one.X, low, high);
            (band.FillColor, band.LineWidth, band.MarkerSize) = (color.WithAlpha(0.22), 0, 0);
        }

        ScottPlot.Plottables.Scatter line = plot.Add.ScatterLine(one.X, one.Y);
        (line.Color, line.LineWidth) = (color, 1.8f);
        if (one.X.Length == 1)
        {
            line.MarkerSize = 5;
        }
    }

    private static void Rule(Plot plot, ScottPlot.Plottables.HorizontalLine line, double tick, LinePattern pattern)
    {
        (line.LinePattern, line.LineWidth, line.Color) = (pattern, 1, Color.FromHex(StandIns[3]).WithAlpha(tick == 0 ? 0.9 : 0.25));
        plot.MoveToBack(line);
    }

    /// <summary>Takes the stand-ins for the page's colours, and the size for a shape, so that the picture fits any width.</summary>
    private string Inline(string svg, string words)
    {
        svg = svg[svg.IndexOf("<svg", StringComparison.Ordinal)..];
        svg = svg.Replace($"width=\"{Width}\" height=\"{Height}\">", $"viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Html.Text(title)}\">",
            StringComparison.Ordinal);
        for (int i = 0; i < StandIns.Length; i++)
        {
            svg = svg.Replace($"\"{StandIns[i]}\"", $"\"var(--series-{i + 1})\"", StringComparison.Ordinal);
        }

        // Charts of one page must not share the names of their clip paths, and one run must always give one page: Skia counts on.
        List<string> clips = [.. ClipNames().Matches(svg).Select(match => match.Value).Distinct()];
        string name = $"clip-{string.Concat(title.Where(char.IsAsciiLetterOrDigit))}";
        svg = ClipNames().Replace(svg, match => $"{name}-{clips.IndexOf(match.Value)}");
        return svg.Replace("</svg>", $"{words}</svg>", StringComparison.Ordinal).Trim();
    }

    private double Scale(double value) => IsLogarithmic ? Math.Log10(Math.Max(value, 1e-12)) : value;

    private (double Least, double Most) Range(Series[] shown)
    {
        IEnumerable<double> values = shown.SelectMany((one, i) => one.HasBand ? Band(series[i], one.X.Length).High.Concat(one.Y) : one.Y);
        values = (Reference is { } reference ? values.Append(Scale(reference.Value)) : values).Where(double.IsFinite);
        double[] all = [.. values.DefaultIfEmpty(0)];
        (double least, double most) = (IsLogarithmic ? all.Min() : Math.Min(0, all.Min()), all.Max());
        return most > least ? (least, most + (0.05 * (most - least))) : (least - 0.5, least + 0.5);
    }

    /// <summary>Means of so many stretches of the steps.</summary>
    private Series Thin(Series one)
    {
        int points = Math.Min(PointsAtMost, one.X.Length);
        double[] Means(double[] values) => [.. Enumerable.Range(0, points).Select(i => Stretch(values, i, points).Average())];
        return one with { X = Means(one.X), Y = [.. Means(one.Y).Select(Scale)] };
    }

    private (double[] Low, double[] High) Band(Series whole, int points) => (
        [.. Enumerable.Range(0, points).Select(i => Scale(Stretch(whole.Y, i, points).Min()))],
        [.. Enumerable.Range(0, points).Select(i => Scale(Stretch(whole.Y, i, points).Max()))]);

    private static IEnumerable<double> Stretch(double[] values, int i, int points)
    {
        int start = (int)((long)i * values.Length / points), end = (int)((long)(i + 1) * values.Length / points);
        return values[start..end].Where(double.IsFinite).DefaultIfEmpty(0);
    }

    /// <summary>1, 2 or 5 times a power of ten apart; of logarithms the powers of ten, where there are enough.</summary>
    private static IEnumerable<double> NiceTicks(double least, double most, bool isLogarithmic)
    {
        double rough = Math.Max((most - least) / Ticks, 1e-12), power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = NiceSteps.Select(factor => factor * power).First(size => size >= rough);
        if (isLogarithmic && most - least >= 1)
        {
            step = Math.Ceiling(rough);
        }

        for (double tick = Math.Ceiling(least / step) * step; tick <= most + (step / 1e6); tick += step)
        {
            yield return Math.Abs(tick) < step / 1e6 ? 0 : tick;
        }
    }

    [GeneratedRegex("cl_[0-9a-f]+")]
    private static partial Regex ClipNames();

    private static string Number(double value) => value switch
    {
        0 => "0",
        _ when Math.Abs(value) >= 10000 && value == Math.Floor(value) => value.ToString("#,0", CultureInfo.InvariantCulture).Replace(",", " ", StringComparison.Ordinal),
        _ when Math.Abs(value) is < 0.001 => value.ToString("0.#e0", CultureInfo.InvariantCulture),
        _ => value.ToString("G4", CultureInfo.InvariantCulture),
    };
}
