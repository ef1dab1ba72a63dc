namespace DoRA.PtxMachine;

/// <summary>How the machine runs kernels.</summary>
public sealed record MachineOptions
{
    /// <summary>Look for reads of uninitialised data, bad addresses, races and misused barriers and warp operations.</summary>
    public bool Checks { get; init; } = true;

    /// <summary>Count instructions, memory traffic and bank conflicts.</summary>
    public bool Counts { get; init; } = true;

    /// <summary>
    /// With a seed, groups run one after another in an order shuffled by it, and so do the warps of a group between barriers. A
    /// kernel that promises determinism gives the same results for every seed.
    /// </summary>
    public ulong? Seed { get; init; }

    /// <summary>
    /// With a seed, every approximate function (`ex2.approx` and its like) errs by up to the documented bound of a card, drawn by the
    /// seed and the argument; without one they are rounded from the exact value.
    /// </summary>
    public ulong? PerturbationSeed { get; init; }

    /// <summary>
    /// Kernels are loaded with every shared variable at an odd multiple of its declared alignment, which is all that PTX promises. Finds
    /// accesses that are aligned by luck.
    /// </summary>
    public bool UnluckyAlignment { get; init; }

    /// <summary>Groups that run at the same time; kernels with atomic instructions and seeded launches use one.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Capacity of global memory in bytes; pages are taken from the system as they are touched.</summary>
    public long GlobalBytes { get; init; } = 1L << 30;

    /// <summary>The card that the machine plays to those who choose their kernels by it; every kernel runs whatever it says.</summary>
    public Version ComputeCapability { get; init; } = new(9, 0);

    /// <summary>Shared memory that a group may have, static and dynamic together: an H100's.</summary>
    public int SharedBytesPerGroup { get; init; } = 227 * 1024;

    /// <summary>Blocks of instructions a warp may run in one launch before the launch is taken for endless.</summary>
    public long BlockLimit { get; init; } = 50_000_000;

    /// <summary>When set, receives every instruction that warp 0 of group 0 executes, with the mask of its active lanes.</summary>
    public Action<string>? Trace { get; init; }
}
