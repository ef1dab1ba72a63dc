namespace DoRA.Perf;

/// <summary>One operation at one shape.</summary>
/// <param name="Name">As in tables and result files: <c>linear/forward/1576x1152x384</c>.</param>
/// <param name="Run">One call, on data that is there already.</param>
public sealed record BenchmarkCase(string Name, Action Run)
{
    /// <summary>Floating-point operations of a call that the mathematics needs; 0 where bytes are the measure.</summary>
    public double Flops { get; init; }

    /// <summary>Bytes a call cannot avoid to read and write; 0 where operations are the measure.</summary>
    public double Bytes { get; init; }

    /// <summary>A whole step: its parts and the peak memory of a process that runs nothing else are worth knowing too.</summary>
    public bool IsStep { get; init; }

    /// <summary>Of a step, what <see cref="Run"/> does before it waits for the result: a card's kernels are queued, not done. Null for anything else.</summary>
    public Action? Queue { get; init; }

    /// <summary>Arguments that have the peer's script time the same work; null where it cannot.</summary>
    public string? Peer { get; init; }
}
