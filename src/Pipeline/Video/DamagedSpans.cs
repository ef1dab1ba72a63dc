namespace DoRA.Pipeline.Video;

/// <summary>The damaged spans of a video that are known so far, in order, apart from each other. Threads may share it.</summary>
public sealed class DamagedSpans
{
    private readonly Lock _gate = new();
    private VideoSpan[] _spans = [];

    public IReadOnlyList<VideoSpan> All => Volatile.Read(ref _spans);

    /// <summary>Their length in all.</summary>
    public double Seconds => All.Sum(span => span.To - span.From);

    /// <summary>Adds a span; those that it touches become one with it.</summary>
    public void Add(VideoSpan span)
    {
        lock (_gate)
        {
            VideoSpan[] touched = [.. _spans.Where(other => other.From <= span.To && other.To >= span.From)];
            if (touched.Contains(span))
                return;
            VideoSpan whole = new(touched.Append(span).Min(part => part.From), touched.Append(span).Max(part => part.To));
            _spans = [.. _spans.Except(touched).Append(whole).OrderBy(part => part.From)];
        }
    }

    /// <summary>Refuses a video of which more is damaged than a share.</summary>
    /// <exception cref="Kernels.UserException">More is.</exception>
    public void RequireWithin(double limit, VideoInfo video)
    {
        double damaged = Seconds;
        if (damaged > limit * video.DurationSeconds)
            throw VideoErrors.Damaged(video.Path, damaged, video.DurationSeconds, limit);
    }

    /// <summary>The span that a time lies in, or null.</summary>
    public VideoSpan? At(double seconds)
    {
        foreach (VideoSpan span in All)
        {
            if (span.From <= seconds && seconds < span.To)
                return span;
        }
        return null;
    }
}
