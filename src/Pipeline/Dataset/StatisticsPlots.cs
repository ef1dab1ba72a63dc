using DoRA.Pipeline.Files;
using ScottPlot;

namespace DoRA.Pipeline.Dataset;

/// <summary>Statistics over time as SVG, whose words the reader's own fonts draw: a picture a measure, a line a video.</summary>
internal static class StatisticsPlots
{
    private const int Width = 760, Height = 300, PointsAtMost = 500, MinutesFrom = 300;

    /// <summary>Draws lightness, motion and shots, and objects and classes where there are labels.</summary>
    public static void Write(string folder, IReadOnlyList<VideoStatistics> videos)
    {
        Draw("lightness", "lightness, CIE L*", video => [.. video.Samples.Select(sample => (sample.Seconds, sample.Lightness))]);
        Draw("motion", "motion, shorter sides a second",
            video => [.. video.Samples.Where(sample => sample.Motion is not null).Select(sample => (sample.Seconds, sample.Motion!.Value))]);
        Draw("shots", "shots so far", video =>
            [(0, 1), .. video.Cuts.SelectMany((cut, i) => new (double, double)[] { (cut, i + 1), (cut, i + 2) }), (video.Seconds, video.Shots)]);
        if (videos.Any(video => video.Labels.Count > 0))
        {
            Draw("objects", "objects a frame", video => [.. video.Labels.Select(frame => (frame.Seconds, (double)frame.Objects))]);
            Draw("classes", "classes a frame", video => [.. video.Labels.Select(frame => (frame.Seconds, (double)frame.Classes))]);
        }

        void Draw(string name, string label, Func<VideoStatistics, (double Seconds, double Value)[]> points)
        {
            using Plot plot = new();
            double unit = videos.Max(video => video.Seconds) > MinutesFrom ? 60 : 1;
            foreach (VideoStatistics video in videos)
            {
                (double Seconds, double Value)[] line = name == "shots" ? points(video) : Thin(points(video));
                if (line.Length > 0)
                {
                    ScottPlot.Plottables.Scatter drawn = plot.Add.ScatterLine(
                        line.Select(point => point.Seconds / unit).ToArray(), line.Select(point => point.Value).ToArray());
                    (drawn.LegendText, drawn.LineWidth) = (Path.GetFileName(video.Video), 1.5f);
                }
            }

            // The cuts of many videos would cover their lines.
            IReadOnlyList<double> cuts = videos.Count == 1 && name != "shots" ? videos[0].Cuts : [];
            foreach (double cut in cuts)
            {
                ScottPlot.Plottables.VerticalLine line = plot.Add.VerticalLine(cut / unit);
                (line.LinePattern, line.LineWidth, line.Color) = (LinePattern.Dotted, 1, Colors.Gray);
            }

            plot.Axes.AutoScale();
            plot.Axes.SetLimitsX(0, videos.Max(video => video.Seconds) / unit);
            plot.Axes.SetLimitsY(0, Math.Max(plot.Axes.GetLimits().Top, 1e-3));
            plot.Title((videos.Count == 1 ? Path.GetFileName(videos[0].Video) : $"{videos.Count} videos") + (cuts.Count > 0 ? $"; dotted: {cuts.Count} cuts" : ""));
            plot.XLabel(unit == 1 ? "seconds" : "minutes");
            plot.YLabel(label);
            plot.Legend.IsVisible = videos.Count > 1;
            plot.Legend.Alignment = Alignment.UpperRight;
            AtomicFile.WriteText(Path.Combine(folder, name + ".svg"), plot.GetSvgXml(Width, Height));
        }
    }

    /// <summary>Means over so many stretches of the samples.</summary>
    private static (double Seconds, double Value)[] Thin((double Seconds, double Value)[] points)
    {
        int count = Math.Min(PointsAtMost, points.Length);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            ArraySegment<(double Seconds, double Value)> stretch = new(points, (int)((long)i * points.Length / count),
                (int)(((long)(i + 1) * points.Length / count) - ((long)i * points.Length / count)));
            return (stretch.Average(point => point.Seconds), stretch.Average(point => point.Value));
        })];
    }
}
