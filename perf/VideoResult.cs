namespace DoRA.Perf;

/// <summary>What reading a video came to.</summary>
/// <param name="VideoSeconds">Its length.</param>
/// <param name="MegabitsPerSecond">Of its file.</param>
/// <param name="TrainingClipsPerSecond">What the training that the wait shares are for takes.</param>
internal sealed record VideoResult(
    string Codec, int Width, int Height, int FramesPerSecond, double VideoSeconds, double MegabitsPerSecond, int Processors, double TrainingClipsPerSecond,
    ClipRate Source, ClipRate Proxy, ProxyMaking Making, IReadOnlyList<AccessTime> RandomAccess)
{
    public string ToText() =>
        $"""
        {Codec}, {Width}×{Height} at {FramesPerSecond} Hz, {VideoSeconds:f0} s, {MegabitsPerSecond:f0} Mbit/s, {Processors} processors
                      clips/s   frames/s   wait at {TrainingClipsPerSecond:g3} clips/s   memory
        source      {Source.ClipsPerSecond,9:f2}{Source.FramesPerSecond,11:f1}{Source.WaitShare,15:p0}{Source.MemoryBytes >> 20,14} MB
        proxy       {Proxy.ClipsPerSecond,9:f2}{Proxy.FramesPerSecond,11:f1}{Proxy.WaitShare,15:p0}{Proxy.MemoryBytes >> 20,14} MB
        making it of {Making.Frames,9} frames {Making.FramesPerSecond,11:f1} frames/s, {Making.BytesPerFrame / 1000:f0} kB a frame; MB in each tenth of the video: {string.Join(' ', Making.MemoryBytes.Select(bytes => bytes >> 20))}
        a frame at a random time, ms: {string.Join("; ", RandomAccess.Select(access => $"{access.Way} {access.MedianMilliseconds:f1} (mean {access.MeanMilliseconds:f1} of {access.Reads})"))}
        """;
}

/// <summary>Clips read without pause; and the share of time that a training of the given pace waits.</summary>
/// <param name="MemoryBytes">The most memory that the process held.</param>
internal sealed record ClipRate(double ClipsPerSecond, double FramesPerSecond, double WaitShare, long MemoryBytes);

/// <summary>Making the proxy.</summary>
/// <param name="MemoryBytes">The most memory that the process held in each tenth of the video.</param>
internal sealed record ProxyMaking(long Frames, double FramesPerSecond, double BytesPerFrame, IReadOnlyList<long> MemoryBytes);

/// <summary>A way to read a frame at a random time.</summary>
internal sealed record AccessTime(string Way, double MedianMilliseconds, double MeanMilliseconds, int Reads);
