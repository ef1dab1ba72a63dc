namespace DoRA.Kernels;

/// <summary>One piece of an arena's memory and which parts of it are free.</summary>
internal sealed class ArenaChunk
{
    /// <summary>Free parts in order, none touching the next.</summary>
    private readonly List<(long Start, long End)> _free = [];

    public ArenaChunk(DeviceBuffer buffer)
    {
        Buffer = buffer;
        Reset();
    }

    public DeviceBuffer Buffer { get; }

    /// <summary>Takes the smallest free part that is large enough, of equals the first.</summary>
    public bool TryTake(long bytes, out long start)
    {
        int best = -1;
        for (int i = 0; i < _free.Count; i++)
        {
            long size = Size(i);
            if (size >= bytes && (best < 0 || size < Size(best)))
            {
                best = i;
            }
        }

        if (best < 0)
        {
            start = -1;
            return false;
        }

        start = _free[best].Start;
        if (Size(best) == bytes)
        {
            _free.RemoveAt(best);
        }
        else
        {
            _free[best] = (start + bytes, _free[best].End);
        }

        return true;
    }

    public void GiveBack(long start, long bytes)
    {
        long end = start + bytes;
        int next = _free.FindIndex(part => part.Start >= end);
        next = next < 0 ? _free.Count : next;
        if (next < _free.Count && _free[next].Start == end)
        {
            end = _free[next].End;
            _free.RemoveAt(next);
        }

        if (next > 0 && _free[next - 1].End == start)
        {
            _free[next - 1] = (_free[next - 1].Start, end);
        }
        else
        {
            _free.Insert(next, (start, end));
        }
    }

    /// <summary>Everything is free again.</summary>
    public void Reset()
    {
        _free.Clear();
        _free.Add((0, Buffer.Bytes));
    }

    private long Size(int part) => _free[part].End - _free[part].Start;
}
