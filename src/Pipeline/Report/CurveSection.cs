using System.Text;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Watch;

namespace DoRA.Pipeline.Report;

/// <summary>The run's numbers over its steps.</summary>
internal static class CurveSection
{
    public static string ToHtml(Settings settings, StepRecord[] log)
    {
        double[] steps = [.. log.Select(record => (double)record.Step)];
        double guessing = Math.Log(settings.Head.Outputs);
        StringBuilder charts = new("<div class=\"charts\">");
        Add(new Chart("Loss", Line("loss", 1, record => record.Loss, hasBand: true))
        {
            Reference = (guessing, "ln K, guessing"),
            Caption = "Mean cross-entropy in nats. A loss that stays at ln K is guessing; one that falls may still be a collapse.",
        });
        AddWatched(log, settings, charts);
        Add(new Chart("Gradient norm", Line("before clipping", 1, record => record.GradientNorm, hasBand: true))
        {
            IsLogarithmic = true,
            Caption = "Of all parameters together. One that vanishes means that nothing is learned any more.",
        });
        Add(new Chart("Learning rate", Line("learning rate", 1, record => record.LearningRate)));
        Add(new Chart("Teacher momentum", Line("share kept in a step", 1, record => record.TeacherMomentum))
        {
            Caption = "The nearer to 1, the slower the teacher follows the student.",
        });
        return Html.Section("Curves", "Over the steps. Where a step has more values than fit, the line is their mean and the shade their range.",
            charts.Append("</div>\n").ToString());

        void Add(Chart chart) => charts.Append(chart.ToHtml());
        Series Line(string name, int color, Func<StepRecord, double> value, bool hasBand = false) =>
            new(name, steps, [.. log.Select(value)], color, hasBand);
    }

    /// <summary>What the collapse watch looks at.</summary>
    private static void AddWatched(StepRecord[] log, Settings settings, StringBuilder charts)
    {
        StepRecord[] watched = [.. log.Where(record => record.Teacher is not null)];
        if (watched.Length == 0)
        {
            return;
        }

        double[] steps = [.. watched.Select(record => (double)record.Step)];
        WatchSettings limits = settings.Watch;
        int rows = watched[0].Teacher!.Rows;
        Add(new Chart("Teacher's answers", Line("entropy", 1, signs => signs.Entropy), Line("information", 2, signs => signs.Information))
        {
            Reference = (limits.WarnInformation * Math.Log(rows), "least information"),
            Caption = "In nats. Entropy: how unsure an answer is. Information: how much the answers differ from picture to picture.",
        });
        Add(new Chart("Features over the batch", Line("standard deviation", 1, signs => signs.FeatureDeviation))
        {
            Reference = (limits.WarnFeatureDeviation, "least"),
            Caption = "Near 0 all pictures have the same features, at 1 they fill the space.",
        });
        Add(new Chart($"Different answers of {rows}", Line("answers", 1, signs => signs.Distinct))
        {
            Reference = (limits.WarnDistinct * rows, "fewest"),
        });
        Add(new Chart("Center drift", Line("distance of the center from the answers' mean", 1, signs => signs.CenterDrift))
        {
            Reference = (limits.WarnCenterDrift, "most"),
            Caption = "In spreads of the answers. A center that runs behind lets one answer win.",
        });
        if (watched.Any(record => record.Teacher!.TrackOverlap is not null))
        {
            Add(new Chart("Overlap of the tracks", Line("intersection over union", 1, signs => signs.TrackOverlap ?? 0))
            {
                Reference = (limits.WarnOverlap, "most"),
                Caption = "Of two objects' masks in a frame. At 1 they are the same object.",
            });
        }

        void Add(Chart chart) => charts.Append(chart.ToHtml());
        Series Line(string name, int color, Func<TeacherSigns, double> value) =>
            new(name, steps, [.. watched.Select(record => value(record.Teacher!))], color);
    }
}
