using System.Globalization;
using System.Net;
using System.Text;

namespace DoRA.Pipeline.Compare;

/// <summary>
/// The scores as bars with their standard deviations, beside the untrained network's and raw pixels', as SVG: its words are drawn by whoever
/// shows it, so that the machine that makes it needs no fonts.
/// </summary>
internal static class ComparisonPicture
{
    private const int Left = 50, Top = 46, PlotHeight = 240, BarWidth = 34, GroupGap = 40, LabelWidth = 180, LeastWidth = 720, Cap = 5;
    private static readonly string[] Colors = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

    public static string Svg(ComparisonResults results)
    {
        VariantResults[] variants = [.. results.Variants.Where(variant => variant.Scores.Count > 0)];
        int bars = variants.Length * BarWidth, groupWidth = Math.Max(bars + GroupGap, LabelWidth), groups = variants[0].Scores.Count;
        double most = Math.Max(1, variants.SelectMany(variant => variant.Scores).Max(score => Math.Max(score.Mean + score.Deviation, Math.Max(score.Untrained, score.RawPixels))));
        double step = new double[] { 1, 2, 5, 10, 20, 25, 50 }.First(candidate => most / candidate <= 6), top = Math.Ceiling(most / step) * step;
        int width = Math.Max(Left + (groups * groupWidth) + 20, LeastWidth);
        StringBuilder svg = new();
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{Top + PlotHeight + 60}\" font-family=\"sans-serif\" font-size=\"12\">");
        Line($"<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>");
        for (double tick = 0; tick <= top; tick += step)
        {
            Line($"<path d=\"M{Left} {Y(tick):f1}H{width - 20}\" stroke=\"#ddd\"/><text x=\"{Left - 6}\" y=\"{Y(tick) + 4:f1}\" text-anchor=\"end\">{tick}</text>");
        }

        for (int group = 0; group < groups; group++)
        {
            Group(group);
        }

        Key();
        Line($"</svg>");
        return svg.ToString();

        double Y(double value) => Top + ((1 - (value / top)) * PlotHeight);

        void Line(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

        void Group(int group)
        {
            double x = Left + (group * groupWidth) + ((groupWidth - bars) / 2.0), end = x + bars;
            for (int i = 0; i < variants.Length; i++)
            {
                ScoreStatistics score = variants[i].Scores[group];
                double center = x + ((i + 0.5) * BarWidth);
                Line($"<rect x=\"{center - (BarWidth * 0.4):f1}\" y=\"{Y(score.Mean):f1}\" width=\"{BarWidth * 0.8:f1}\" height=\"{Y(0) - Y(score.Mean):f1}\" fill=\"{Colors[i % Colors.Length]}\"/>");
                if (score.Deviation > 0)
                {
                    Line($"<path d=\"M{center:f1} {Y(score.Mean - score.Deviation):f1}V{Y(score.Mean + score.Deviation):f1}m-{Cap} 0h{2 * Cap}M{center - Cap:f1} {Y(score.Mean - score.Deviation):f1}h{2 * Cap}\" stroke=\"#000\" stroke-width=\"1.5\" fill=\"none\"/>");
                }
            }

            ScoreStatistics first = variants[0].Scores[group];
            Line($"<path d=\"M{x - 8:f1} {Y(first.Untrained):f1}H{end + 8:f1}\" stroke=\"#000\" stroke-dasharray=\"6 3\"/>");
            Line($"<path d=\"M{x - 8:f1} {Y(first.RawPixels):f1}H{end + 8:f1}\" stroke=\"#000\" stroke-dasharray=\"1.5 3\"/>");
            Line($"<text x=\"{(x + end) / 2:f1}\" y=\"{Top + PlotHeight + 18}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(first.Score)}</text>");
        }

        void Key()
        {
            Line($"<text x=\"{Left}\" y=\"{Top + PlotHeight + 44}\">held-out scores in %, mean and standard deviation over {variants.Max(variant => variant.Seeds)} seeds; dashed: untrained, dotted: raw pixels</text>");
            double x = Left;
            for (int i = 0; i < variants.Length; i++)
            {
                Line($"<rect x=\"{x:f1}\" y=\"14\" width=\"12\" height=\"12\" fill=\"{Colors[i % Colors.Length]}\"/><text x=\"{x + 17:f1}\" y=\"24\">{WebUtility.HtmlEncode(variants[i].Name)}</text>");
                x += 34 + (7 * variants[i].Name.Length);
            }
        }
    }
}
