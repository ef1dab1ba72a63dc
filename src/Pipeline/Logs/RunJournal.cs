using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Watch;

namespace DoRA.Pipeline.Logs;

/// <summary>Where a step's numbers go: <c>log.jsonl</c>, TensorBoard's events, and the collapse watch, which may have to say something.</summary>
public sealed class RunJournal : IDisposable
{
    private readonly RunLog _log;
    private readonly EventFile _events;
    private readonly CollapseWatch _watch;
    private readonly Action<string> _warn;

    /// <param name="stepsDone">Steps that an earlier call did; the watch takes them up from the log.</param>
    /// <param name="warn">Told each sign of collapse, once.</param>
    public RunJournal(RunFolder folder, Settings settings, int stepsDone, Action<string> warn)
    {
        (_log, _events, _warn) = (new(folder.Log, stepsDone), new(folder.FullPath, stepsDone), warn);
        _watch = new(settings.Watch, settings.Head.Outputs);
        foreach (StepRecord record in RunLog.Read(folder.Log))
        {
            _watch.Look(record);
        }
    }

    public void Add(StepRecord record)
    {
        _log.Add(record);
        _events.Scalars(record.Step, Scalars(record));
        if (_watch.Look(record) is { } warning)
        {
            _warn($"{(warning.IsAlarm ? "Collapse" : "Warning")} at step {warning.Step}: {warning.Sentence}");
        }
    }

    /// <summary>A picture of the tracks, as TensorBoard shows them.</summary>
    public void AddTracks(int step, byte[] png, int width, int height) => _events.Picture(step, "tracks", png, width, height);

    public void Dispose()
    {
        _log.Dispose();
        _events.Dispose();
    }

    private static Dictionary<string, double> Scalars(StepRecord record)
    {
        Dictionary<string, double> values = new()
        {
            ["train/loss"] = record.Loss,
            ["train/gradient norm"] = record.GradientNorm,
            ["schedule/learning rate"] = record.LearningRate,
            ["schedule/weight decay"] = record.WeightDecay,
            ["schedule/teacher momentum"] = record.TeacherMomentum,
            ["speed/clips per second"] = record.ClipsPerSecond,
            ["speed/data wait"] = record.DataWait,
        };
        if (record.Teacher is { } teacher)
        {
            values["watch/teacher entropy"] = teacher.Entropy;
            values["watch/information"] = teacher.Information;
            values["watch/feature deviation"] = teacher.FeatureDeviation;
            values["watch/distinct answers"] = teacher.Distinct;
            values["watch/center drift"] = teacher.CenterDrift;
            if (teacher.TrackOverlap is { } overlap)
            {
                values["watch/track overlap"] = overlap;
            }
        }

        foreach (MonitorScore score in record.Scores ?? [])
        {
            values[$"scores/{score.Score}"] = score.Trained;
            values[$"scores/{score.Score}, untrained"] = score.Untrained;
        }

        return values;
    }
}
