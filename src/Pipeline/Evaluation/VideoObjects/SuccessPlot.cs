namespace DoRA.Pipeline.Evaluation.VideoObjects;

/// <summary>The success rate over the overlap threshold, as SVG.</summary>
public static class SuccessPlot
{
    private const int Left = 50, Top = 20, Side = 300;

    /// <param name="curve">At thresholds evenly spaced from 0 to 1.</param>
    public static string Svg(IReadOnlyList<double> curve)
    {
        string points = string.Join(' ', curve.Select((rate, i) => $"{X(i / (curve.Count - 1.0)):f1},{Y(rate):f1}"));
        string grid = string.Concat(Enumerable.Range(0, 6).Select(i => i / 5.0).Select(value =>
            $"""
             <path d="M{Left} {Y(value)}h{Side}M{X(value)} {Top}v{Side}" stroke="#ddd"/>
             <text x="{Left - 6}" y="{Y(value) + 4}" text-anchor="end">{value:f1}</text>
             <text x="{X(value)}" y="{Top + Side + 16}" text-anchor="middle">{value:f1}</text>

             """));
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Left + Side + 20}" height="{Top + Side + 50}" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="#fff"/>
            {grid}<polyline points="{points}" fill="none" stroke="#0072b2" stroke-width="2"/>
            <text x="{Left + (Side / 2)}" y="{Top + Side + 38}" text-anchor="middle">overlap threshold (AUC {curve.Average():f3})</text>
            <text transform="translate(14 {Top + (Side / 2)}) rotate(-90)" text-anchor="middle">success rate</text>
            </svg>
            """;
    }

    private static double X(double share) => Left + (share * Side);

    private static double Y(double share) => Top + ((1 - share) * Side);
}
