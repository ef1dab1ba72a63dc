using DoRA.PtxMachine.Counting;

namespace DoRA.PtxMachine.Execution;

/// <summary>Runs the groups of a launch on all workers.</summary>
internal sealed class GridRunner
{
    private readonly LaunchContext launch;
    private readonly int[]? shuffled;
    private int next = -1;

    public GridRunner(LaunchContext launch)
    {
        this.launch = launch;
        if (launch.Options.Seed is not { } seed) return;
        shuffled = [.. Enumerable.Range(0, launch.Shape.Grid.Count)];
        Seeded.Random(seed, -launch.LaunchNumber).Shuffle(shuffled);
    }

    public WorkerCounts Run()
    {
        int groups = launch.Shape.Grid.Count;
        bool ordered = shuffled is not null || launch.Program.HasAtomics || launch.Options.Trace is not null;
        int workers = ordered ? 1 : Math.Min(Math.Max(launch.Options.Workers, 1), groups);
        WorkerCounts total = new(launch.Program);
        if (workers == 1)
        {
            total.Add(RunWorker());
            return total;
        }
        WorkerCounts[] counts = new WorkerCounts[workers];
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker => counts[worker] = RunWorker());
        foreach (WorkerCounts part in counts) total.Add(part);
        return total;
    }

    private WorkerCounts RunWorker()
    {
        ThreadGroup group = TakeGroup();
        int groups = launch.Shape.Grid.Count;
        for (int index = Interlocked.Increment(ref next); index < groups; index = Interlocked.Increment(ref next))
        {
            group.Run(shuffled?[index] ?? index);
        }
        launch.Program.IdleGroups.Add(group);
        return group.Counts;
    }

    private ThreadGroup TakeGroup()
    {
        while (launch.Program.IdleGroups.TryTake(out ThreadGroup? idle))
        {
            if (!idle.Fits(launch)) continue;
            idle.Begin(launch);
            return idle;
        }
        return new ThreadGroup(launch);
    }
}
