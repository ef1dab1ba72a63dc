namespace DoRA.Perf;

/// <summary>What a case took: seconds of the fastest call of each side.</summary>
internal sealed record Result(string Name, double Ours, double? Peer, double Flops, double Bytes)
{
    /// <summary>How many times as long as we the peer takes.</summary>
    public double? Ratio => Peer / Ours;
}
