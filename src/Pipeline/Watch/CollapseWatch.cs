using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Watch;

/// <summary>
/// Looks at the teacher's answers as training goes on and tells each sign of collapse once. A falling loss proves nothing: it falls in a
/// collapse too. What counts is the median of the last looks, and only signs that stay as long again: on its way into one collapse a run
/// passes through what looks like another.
/// </summary>
/// <param name="outputs">K, of which ln K is the loss of guessing.</param>
public sealed class CollapseWatch(WatchSettings settings, int outputs)
{
    /// <summary>Features that deviate less than this have no picture left in them, whatever the answers are.</summary>
    private const double DeadFeatures = 0.1;

    /// <summary>Answers of this entropy, as a share of the most possible, call every output as likely.</summary>
    private const double UniformEntropy = 0.98;

    private readonly Queue<StepRecord> _looks = new();
    private readonly List<CollapseWarning> _warnings = [];

    /// <summary>Looks in a row, up to the last, that showed some sign.</summary>
    private int _looksWithSign;

    /// <summary>Every sign so far, in the order in which they were seen.</summary>
    public IReadOnlyList<CollapseWarning> Warnings => _warnings;

    /// <summary>Looks in all, of which the first few decide nothing.</summary>
    public int Looks { get; private set; }

    /// <summary>In a sentence.</summary>
    public string Verdict => Looks < 2 * settings.Window
        ? $"The run was too short for the collapse watch, which decides on {2 * settings.Window} looks at the teacher and had {Looks}."
        : _warnings.Count == 0
            ? $"No sign of collapse in {Looks} looks at the teacher."
            : string.Join(' ', _warnings.OrderByDescending(warning => warning.IsAlarm).Select(
                warning => $"{(warning.IsAlarm ? "Collapse" : "Warning")} at step {warning.Step}: {warning.Sentence}"));

    /// <summary>The sign that a step adds to the earlier ones, if it was looked at and shows a new one.</summary>
    public CollapseWarning? Look(StepRecord record)
    {
        if (record.Teacher is null || record.Step <= settings.FirstStep)
        {
            return null;
        }

        Looks++;
        _looks.Enqueue(record);
        if (_looks.Count > settings.Window)
        {
            _looks.Dequeue();
        }

        CollapseSign? seen = _looks.Count < settings.Window ? null : Sign();
        _looksWithSign = seen is null ? 0 : _looksWithSign + 1;
        if (seen is not { } sign || _looksWithSign < settings.Window || _warnings.Any(old => old.Sign == sign || IsCoveredBy(sign, old)))
        {
            return null;
        }

        CollapseWarning warning = new(record.Step, sign, sign <= CollapseSign.NoInformation, Sentence(sign));
        _warnings.Add(warning);
        return warning;
    }

    /// <summary>
    /// Once a collapse has its cause, the lesser signs that come with it say nothing new. A center left behind may be on its way to a single
    /// answer.
    /// </summary>
    private static bool IsCoveredBy(CollapseSign sign, CollapseWarning old) =>
        old.IsAlarm && old.Sign != CollapseSign.NoInformation && sign != CollapseSign.TracksCoincide
        && (old.Sign, sign) != (CollapseSign.CenterTooSlow, CollapseSign.SingleAnswer);

    private CollapseSign? Sign()
    {
        double information = Median(look => look.Teacher!.InformationShare), loss = Median(look => look.Loss);
        double deviation = Median(look => look.Teacher!.FeatureDeviation), drift = Median(look => look.Teacher!.CenterDrift);
        double distinct = Median(look => (double)look.Teacher!.Distinct / look.Teacher.Rows);
        double entropy = Median(look => look.Teacher!.Entropy) / Math.Log(outputs);
        bool isLow = information < settings.WarnInformation;
        bool isGuessing = Math.Abs(loss - Math.Log(outputs)) < settings.UniformLoss || entropy > UniformEntropy;
        return isLow && isGuessing && deviation < DeadFeatures ? CollapseSign.RateTooHigh
            : information < settings.AlarmInformation && isGuessing ? CollapseSign.TeacherTooSoft
            : isLow && loss < settings.SingleAnswerLoss ? CollapseSign.SingleAnswer
            : isLow && drift > settings.WarnCenterDrift ? CollapseSign.CenterTooSlow
            : information < settings.AlarmInformation ? CollapseSign.NoInformation
            : isLow ? CollapseSign.LittleInformation
            : deviation < settings.WarnFeatureDeviation ? CollapseSign.FeaturesAlike
            : distinct <= settings.WarnDistinct ? CollapseSign.FewAnswers
            : entropy < settings.WarnEntropy ? CollapseSign.TeacherTooSharp
            : Median(look => look.Teacher!.TrackOverlap ?? 0) > settings.WarnOverlap ? CollapseSign.TracksCoincide
            : null;
    }

    private double Median(Func<StepRecord, double> value)
    {
        double[] values = [.. _looks.Select(value).Order()];
        return values[values.Length / 2];
    }

    private string Sentence(CollapseSign sign)
    {
        string information = $"the teacher's answers hold {Median(look => look.Teacher!.InformationShare):p0} of the information they could";
        string guessing = $"the loss stays at ln K = {Math.Log(outputs):f2}, that of guessing";
        return sign switch
        {
            CollapseSign.RateTooHigh => $"{guessing}, and all pictures have the same features; lower optimizer.learningRate.",
            CollapseSign.TeacherTooSoft => $"{guessing}, because the teacher calls every output as likely; lower loss.teacherTemperature.",
            CollapseSign.SingleAnswer => $"{information} at a loss of {Median(look => look.Loss):f2}: it gives every picture one answer; "
                + "lower loss.centerMomentum, so that the center is quicker than the teacher.",
            CollapseSign.CenterTooSlow => $"{information}, and the center is {Median(look => look.Teacher!.CenterDrift):f1} spreads behind it; "
                + "lower loss.centerMomentum or raise optimizer.teacherMomentum.",
            CollapseSign.NoInformation or CollapseSign.LittleInformation =>
                $"{information}; look at loss.centerMomentum, loss.teacherTemperature and optimizer.learningRate.",
            CollapseSign.FeaturesAlike =>
                $"the features of different pictures deviate by only {Median(look => look.Teacher!.FeatureDeviation):f2}; look at optimizer.learningRate.",
            CollapseSign.FewAnswers => $"the teacher gives {Median(look => look.Teacher!.Distinct)} different answers to "
                + $"{_looks.Last().Teacher!.Rows} pictures; look at loss.centerMomentum.",
            CollapseSign.TeacherTooSharp => "each of the teacher's answers is one output for certain; raise loss.teacherTemperature.",
            _ => $"the tracks of different objects overlap by {Median(look => look.Teacher!.TrackOverlap ?? 0):p0}; look at tracker.epsilon and tracker.objects.",
        };
    }
}
