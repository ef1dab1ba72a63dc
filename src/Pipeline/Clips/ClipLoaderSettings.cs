namespace DoRA.Pipeline.Clips;

/// <summary>How clips are loaded.</summary>
public sealed record ClipLoaderSettings
{
    public required ulong Seed { get; init; }

    /// <summary>Clips of a batch.</summary>
    public required int Clips { get; init; }

    /// <summary>Frames of a clip.</summary>
    public required int Frames { get; init; }

    /// <summary>Clips that are visited before the order is shuffled anew.</summary>
    public required int ClipsPerEpoch { get; init; }

    /// <summary>Threads that decode and make views.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Batches that may be ready or in the making ahead of the one in use.</summary>
    public int Ahead { get; init; } = 2;

    /// <summary>Share of the clips drawn that may fall on damaged pictures.</summary>
    public double DamageLimit { get; init; } = 0.05;

    /// <summary>Which of several processes this is; each takes its own clips of a step.</summary>
    public int Rank { get; init; }

    /// <summary>Processes that share a step.</summary>
    public int Ranks { get; init; } = 1;
}
