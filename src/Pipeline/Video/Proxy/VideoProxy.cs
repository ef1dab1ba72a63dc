namespace DoRA.Pipeline.Video;

/// <summary>
/// A video's random-access proxy: its frames, scaled down, each a picture of its own, on the source's own timeline. Immutable; threads share
/// it, and each opens a reader. The format: docs/proxy.md.
/// </summary>
public sealed class VideoProxy
{
    private readonly ProxyFrame[] _frames;
    private readonly double[] _starts;
    private readonly int[] _segmentEnds;

    private VideoProxy(string folder, VideoInfo info, double grace, IReadOnlyList<ProxySegment> segments)
    {
        (Folder, Info, Grace) = (folder, info, grace);
        _frames = [.. segments.SelectMany(segment => segment.Frames)];
        _starts = [.. _frames.Select(frame => frame.Seconds)];
        int end = 0;
        _segmentEnds = [.. segments.Select(segment => end += segment.Frames.Count)];
        Bytes = segments.Sum(segment => segment.FileBytes);
        for (int i = 0; i < _frames.Length; i++)
        {
            if (_frames[i].IsDamaged)
                Damage.Add(new(_starts[i], i + 1 < _starts.Length ? _starts[i + 1] : Math.Max(_starts[i], info.DurationSeconds)));
        }
    }

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    /// <summary>The source's, with the proxy's format and number of frames.</summary>
    public VideoInfo Info { get; }

    /// <summary>The source's damaged spans.</summary>
    public DamagedSpans Damage { get; } = new();

    /// <summary>Length of its video files.</summary>
    public long Bytes { get; }

    internal double Grace { get; }

    /// <summary>The complete proxy in a folder; null where there is none, or index and files are not those that were written.</summary>
    /// <param name="source">The video that it was made from.</param>
    public static VideoProxy? TryOpen(string folder, string source)
    {
        if (ProxyManifest.TryRead(folder) is not { } manifest)
            return null;
        List<ProxySegment> segments = [];
        for (int number = 0; number < manifest.Checksums.Count; number++)
        {
            if (ProxySegment.TryRead(folder, number) is not { } segment || $"{segment.Checksum:x8}" != manifest.Checksums[number])
                return null;
            segments.Add(segment);
        }
        return segments.Any(segment => segment.FileBytes > 0)
            ? new(folder, manifest.Info with { Path = source }, manifest.GraceSeconds, segments)
            : null;
    }

    /// <summary>A reader for one thread.</summary>
    public IFrameSource Open(FramePool? pool = null) => new ProxyReader(this, pool ?? FramePool.Shared);

    /// <summary>Number of the frame shown at a time, as <see cref="IFrameSource.Read"/> means it.</summary>
    /// <param name="isDamaged">Whether it stands in for one that is damaged.</param>
    internal int IndexAt(double seconds, out bool isDamaged)
    {
        if (double.IsNaN(seconds))
            throw new ArgumentOutOfRangeException(nameof(seconds), "a time must be a number");
        int index = Array.BinarySearch(_starts, seconds + Grace);
        index = index >= 0 ? index : Math.Max(0, ~index - 1);
        isDamaged = _frames[index].IsDamaged;
        while (_frames[index].IsDamaged)
            index--; // The first frame of a video is a good one.
        return index;
    }

    internal ProxyFrame Frame(int index, out int segment)
    {
        int end = Array.BinarySearch(_segmentEnds, index + 1);
        segment = end >= 0 ? end : ~end;
        while (segment > 0 && _segmentEnds[segment - 1] == _segmentEnds[segment])
            segment--; // A segment without frames ends where the one before it does.
        return _frames[index];
    }

    /// <summary>Sees to it that the next run makes a segment anew.</summary>
    internal void Condemn(int segment)
    {
        try
        {
            File.Delete(ProxyManifest.FileOf(Folder));
            File.Delete(ProxySegment.IndexOf(Folder, segment));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A cache that cannot be written to: its reader is told of the damage all the same.
        }
    }
}
