using System.Runtime.ExceptionServices;
using DoRA.PtxMachine.Counting;

namespace DoRA.PtxMachine.Execution;

/// <summary>Runs the groups of a launch on all workers.</summary>
internal sealed class GridRunner
{
    private readonly LaunchContext _launch;
    private readonly int[]? _shuffled;
    private int _next = -1;

    public GridRunner(LaunchContext launch)
    {
        _launch = launch;
        if (_launch.Options.Seed is not { } seed) return;
        _shuffled = [.. Enumerable.Range(0, _launch.Shape.Grid.Count)];
        Seeded.Random(seed, -_launch.LaunchNumber).Shuffle(_shuffled);
    }

    public WorkerCounts Run()
    {
        int groups = _launch.Shape.Grid.Count;
        bool ordered = _shuffled is not null || _launch.Program.HasAtomics || _launch.Options.Trace is not null;
        int workers = ordered ? 1 : Math.Min(Math.Max(_launch.Options.Workers, 1), groups);
        WorkerCounts total = new(_launch.Program);
        if (workers == 1)
        {
            total.Add(RunWorker());
            return total;
        }
        WorkerCounts[] counts = new WorkerCounts[workers];
        try
        {
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker => counts[worker] = RunWorker());
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
        foreach (WorkerCounts part in counts) total.Add(part);
        return total;
    }

    private WorkerCounts RunWorker()
    {
        ThreadGroup group = TakeGroup();
        int groups = _launch.Shape.Grid.Count;
        for (int index = Interlocked.Increment(ref _next); index < groups; index = Interlocked.Increment(ref _next))
        {
            group.Run(_shuffled?[index] ?? index);
        }
        _launch.Program.IdleGroups.Add(group);
        return group.Counts;
    }

    private ThreadGroup TakeGroup()
    {
        while (_launch.Program.IdleGroups.TryTake(out ThreadGroup? idle))
        {
            if (!idle.Fits(_launch)) continue;
            idle.Begin(_launch);
            return idle;
        }
        return new ThreadGroup(_launch);
    }
}
