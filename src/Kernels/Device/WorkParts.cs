namespace DoRA.Kernels;

/// <summary>
/// Items of equal cost cut into runs for <see cref="CpuThreads"/>. The cut depends on the sizes alone, never on the number of threads, so
/// sums made part by part and then in order of the parts have the same bits on any number of cores.
/// </summary>
internal readonly struct WorkParts
{
    /// <summary>Enough for the largest machines, few enough for a partial sum in each.</summary>
    private const int Most = 32;

    /// <summary>Elements below which handing work to another thread costs more than the work.</summary>
    private const long Grain = 16384;

    private readonly long _items;

    /// <param name="items">Rows, columns, or whatever is cut.</param>
    /// <param name="elements">Elements read or written an item.</param>
    public WorkParts(long items, long elements)
    {
        _items = items;
        Count = (int)Math.Max(1, Math.Min(items * elements / Grain, Math.Min(items, Most)));
    }

    public int Count { get; }

    /// <summary>First item of a part; part <see cref="Count"/> begins at the end.</summary>
    public int Start(int part) => (int)(_items * part / Count);

    /// <summary>The item after a part's last.</summary>
    public int End(int part) => Start(part + 1);
}
