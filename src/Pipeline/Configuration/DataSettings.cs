namespace DoRA.Pipeline.Configuration;

/// <summary>Clips: how they are taken from the video.</summary>
public sealed record DataSettings
{
    [Setting("clips a step", Minimum = 1, Maximum = 65536)]
    public int Batch { get; init; } = 48;

    [Setting("frames a clip", Minimum = 1, Maximum = 256)]
    public int Frames { get; init; } = 8;

    [Setting("seconds between the frames of a clip", Minimum = 0.001, Maximum = 3600)]
    public double SpacingSeconds { get; init; } = 1;

    [Setting("share of each video that is trained on, from its start; the rest is held out", Minimum = 0.01, Maximum = 1)]
    public double TrainingShare { get; init; } = 1;

    [Setting("height in pixels that frames are scaled to when decoded; 0 keeps the video's", Minimum = 0, Maximum = 8192)]
    public int DecodeHeight { get; init; }

    [Setting("whether a video that does not fit in memory is read through a proxy, made once: where it is too slow otherwise, always or never")]
    public ProxyUse Proxy { get; init; }

    [Setting("shorter side in pixels of a proxy's frames", Minimum = 16, Maximum = 8192)]
    public int ProxyShortSide { get; init; } = 512;

    [Setting("frames a second of a folder of pictures", Minimum = 0.001, Maximum = 1000)]
    public double PicturesPerSecond { get; init; } = 24;

    [Setting("share of a video's time, or of the clips drawn, that may be damaged and is left out; above it the run stops", Minimum = 0, Maximum = 1)]
    public double DamageLimit { get; init; } = 0.05;

    [Setting("threads that decode, and cut views where no card does; 0 takes as many as there are cores", Minimum = 0, Maximum = 1024)]
    public int Workers { get; init; }

    [Setting("steps whose clips are prepared ahead", Minimum = 1, Maximum = 256)]
    public int Prefetch { get; init; } = 4;
}
