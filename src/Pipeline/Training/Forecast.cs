using System.Diagnostics;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Training;

/// <summary>What a whole run would take, from a few real steps of it.</summary>
/// <param name="ClipsPerSecond">Clips trained on in a second.</param>
/// <param name="MemoryBytes">Memory the process holds while it trains.</param>
/// <param name="Hours">For all steps.</param>
/// <param name="DataWait">Share of the time spent waiting for data.</param>
public sealed record Forecast(int Steps, double ClipsPerSecond, long MemoryBytes, double Hours, double DataWait)
{
    private const int MostSteps = 8;
    private const double LimitedByData = 0.2;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(20);

    /// <summary>What the run's speed hangs on.</summary>
    public string Limit => DataWait > LimitedByData ? "decoding and cutting views (data.workers, data.decodeHeight)" : "computing";

    /// <summary>Takes a step to warm up, then a few that count. Nothing is kept of them.</summary>
    public static Forecast Measure(TrainingRun run, CancellationToken interruption)
    {
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        List<(StepRecord Record, TimeSpan Time)> steps = [];
        Stopwatch clock = Stopwatch.StartNew();
        Trainer trainer = run.Begin((_, _) => { });
        trainer.Run(
            record =>
            {
                steps.Add((record, clock.Elapsed));
                if (steps.Count > MostSteps || (steps.Count > 1 && clock.Elapsed > Enough))
                {
                    enough.Cancel();
                }
            },
            _ => { }, enough.Token);
        interruption.ThrowIfCancellationRequested();

        // The first step compiles and allocates; a run of a single step has nothing else to go by.
        int first = steps.Count > 1 ? 1 : 0;
        (StepRecord Record, TimeSpan Time)[] counted = [.. steps.Skip(first)];
        double seconds = (steps[^1].Time - (first == 1 ? steps[0].Time : TimeSpan.Zero)).TotalSeconds / counted.Length;
        return new(
            run.Steps, run.Settings.Data.Batch / seconds, counted.Max(step => step.Record.MemoryBytes), seconds * (run.Steps - run.StepsDone) / 3600,
            counted.Average(step => step.Record.DataWait));
    }

    public string ToText() =>
        $"""
        steps          {Steps}
        clips/s        {ClipsPerSecond:f1}
        memory         {MemoryBytes >> 20} MB
        whole run      {Hours:0.###} hours
        data-wait      {DataWait:p0}
        limited by     {Limit}
        """;

    public string ToJson() => ResultJson.Of(this);
}
