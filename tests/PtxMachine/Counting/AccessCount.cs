namespace DoRA.PtxMachine.Counting;

/// <summary>Traffic of one memory instruction, summed over all warps.</summary>
internal struct AccessCount
{
    /// <summary>Warp-wide accesses.</summary>
    public long Requests;

    /// <summary>Bytes that lanes asked for.</summary>
    public long Bytes;

    /// <summary>Global memory: 32-byte sectors. Shared memory: passes over the 32 banks.</summary>
    public long Pieces;

    /// <summary>The fewest pieces that could carry the distinct bytes.</summary>
    public long Ideal;

    public void Add(in AccessCount other)
    {
        Requests += other.Requests;
        Bytes += other.Bytes;
        Pieces += other.Pieces;
        Ideal += other.Ideal;
    }
}
