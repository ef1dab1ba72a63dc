namespace DoRA.Kernels;

/// <summary>
/// The CPU engine's threads. Work is cut into parts by the caller, part i always the same share of the work, so results have the
/// same bits whichever thread runs it.
/// </summary>
public sealed class CpuThreads(int count)
{
    /// <summary>Threads that run at once, the caller's included.</summary>
    public int Count { get; } = count;

    /// <summary>Runs <paramref name="body"/> for every part 0 … parts − 1 and waits for all.</summary>
    public void Run(int parts, Action<int> body)
    {
        if (Count == 1 || parts == 1)
        {
            for (int part = 0; part < parts; part++)
            {
                body(part);
            }

            return;
        }

        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = Count }, body);
    }
}
