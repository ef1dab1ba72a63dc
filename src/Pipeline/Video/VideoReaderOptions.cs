namespace DoRA.Pipeline.Video;

/// <summary>How much a reader may use and how much it bears before it gives a file up.</summary>
public sealed record VideoReaderOptions
{
    /// <summary>Threads of the decoder. One suits random access: every further thread decodes a frame more per seek.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// Shorter side in pixels of the frames that are read at a time; smaller ones keep their size. Who scales all that is read says to what: pictures
    /// that are scaled are not decoded into the pool's memory.
    /// </summary>
    public int ShortSide { get; init; } = int.MaxValue;

    /// <summary>Frames a second of a folder of pictures, which says nothing itself.</summary>
    public double PicturesPerSecond { get; init; } = 24;

    /// <summary>
    /// What a reader of the same file measured before, so that this one need not read it whole where its header has no duration; null where
    /// nobody did.
    /// </summary>
    internal double? KnownDurationSeconds { get; init; }

    /// <summary>The longest wait for a frame.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most packets that the decoder may take without giving a frame.</summary>
    public int StallPackets { get; init; } = 2000;

    /// <summary>The largest share of a video's time that may be damaged, 0 to 1.</summary>
    public double DamageLimit { get; init; } = 0.05;
}
