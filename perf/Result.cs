namespace DoRA.Perf;

/// <summary>What a case took: seconds of the fastest call of each side, and bytes of memory of each side's process at its peak.</summary>
internal sealed record Result(string Name, double Ours, double? Peer, double Flops, double Bytes)
{
    /// <summary>How many times as long as we the peer takes.</summary>
    public double? Ratio => Peer / Ours;

    /// <summary>Of this process while it runs nothing else; null where it was not measured.</summary>
    public long? Memory { get; init; }

    public long? PeerMemory { get; init; }

    /// <summary>Of the machine's multiply-adds or of its copying rate, whichever the case is measured by.</summary>
    public double Share(Machine machine) => Flops > 0 ? Flops / Ours / machine.FlopsPerSecond : Bytes / Ours / machine.BytesPerSecond;
}
