using System.Diagnostics;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Training;

/// <summary>What a whole run would take, from some real steps of it and from doing once what it does beside them.</summary>
/// <param name="ClipsPerSecond">Clips trained on in a second.</param>
/// <param name="MemoryBytes">Memory the process holds while it trains.</param>
/// <param name="Hours">For all of it.</param>
/// <param name="HoursBeside">What of that is opening, scores, pictures and checkpoints.</param>
/// <param name="DataWait">Share of the time spent waiting for data.</param>
public sealed record Forecast(int Steps, double ClipsPerSecond, long MemoryBytes, double Hours, double HoursBeside, double DataWait)
{
    private const double LimitedByData = 0.2;
    private const int FewestSteps = 4;
    private static readonly TimeSpan LongestWarmup = TimeSpan.FromSeconds(20), Enough = TimeSpan.FromSeconds(10), TooLong = TimeSpan.FromSeconds(40);

    /// <summary>What the run's speed hangs on.</summary>
    public string Limit => DataWait > LimitedByData ? "preparing clips (data.workers, data.decodeHeight, data.proxy)" : "computing";

    /// <summary>The settings of a run that is to be measured: every step is told of.</summary>
    public static ResolvedSettings Watched(ResolvedSettings resolved) =>
        resolved with { Settings = resolved.Settings with { Log = resolved.Settings.Log with { Every = 1 } } };

    /// <summary>
    /// Takes steps to warm up, then some that count. Nothing is kept of them. The first step compiles and allocates; those after it are fed by what
    /// was prepared in the meantime, which says nothing about how fast data comes.
    /// </summary>
    /// <param name="run">With the settings of <see cref="Watched"/>.</param>
    /// <param name="opening">How long it took to get there.</param>
    public static Forecast Measure(TrainingRun run, TimeSpan opening, CancellationToken interruption)
    {
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        List<(StepRecord Record, TimeSpan Time)> steps = [];
        int warmup = 0;
        Stopwatch clock = Stopwatch.StartNew();
        Trainer trainer = run.Begin((_, _) => { });
        trainer.Run(Watch, _ => { }, enough.Token);
        interruption.ThrowIfCancellationRequested();

        // A run that is over before it is warm has nothing else to go by.
        if (warmup is 0 || warmup == steps.Count)
        {
            warmup = Math.Min(1, steps.Count - 1);
        }

        (StepRecord Record, TimeSpan Time)[] counted = [.. steps.Skip(warmup)];
        double seconds = (steps[^1].Time - (warmup > 0 ? steps[warmup - 1].Time : TimeSpan.Zero)).TotalSeconds / counted.Length;
        TimeSpan beside = opening + run.MeasureBesideSteps(), all = beside + TimeSpan.FromSeconds(seconds * (run.Steps - run.StepsDone));
        return new(
            run.Steps, run.Settings.Data.Batch / seconds, counted.Max(step => step.Record.MemoryBytes), all.TotalHours, beside.TotalHours,
            counted.Average(step => step.Record.DataWait));

        void Watch(StepRecord record)
        {
            steps.Add((record, clock.Elapsed));
            if (warmup == 0)
            {
                warmup = steps.Count > run.Settings.Data.Prefetch || clock.Elapsed > LongestWarmup ? steps.Count : 0;
                return;
            }

            TimeSpan measured = clock.Elapsed - steps[warmup - 1].Time;
            if (measured > TooLong || (measured > Enough && steps.Count - warmup >= FewestSteps))
            {
                enough.Cancel();
            }
        }
    }

    public string ToText() =>
        $"""
        steps          {Steps}
        clips/s        {ClipsPerSecond:f1}
        memory         {MemoryBytes >> 20} MB
        whole run      {Hours:0.###} hours, of which {HoursBeside / Hours:p0} are opening, scores, pictures and checkpoints
        data-wait      {DataWait:p0}
        limited by     {Limit}
        """;

    public string ToJson() => ResultJson.Of(this);
}
