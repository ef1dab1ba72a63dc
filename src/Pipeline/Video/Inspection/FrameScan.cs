using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Video;

/// <summary>What came of decoding a whole video: every frame that can be decoded as it was filmed.</summary>
/// <param name="Starts">Seconds from the first frame, in order.</param>
/// <param name="Duplicates">Frames that equal the one before them to the last bit.</param>
/// <param name="Interlaced">Frames that are interlaced.</param>
/// <param name="Damage">Spans that cannot be decoded as they were filmed.</param>
internal sealed record FrameScan(IReadOnlyList<double> Starts, long Duplicates, long Interlaced, DamagedSpans Damage)
{
    private const double StretchSeconds = 10;

    /// <summary>Decodes all frames, stretches of the video side by side.</summary>
    /// <param name="last">Start of the last frame in seconds.</param>
    /// <param name="progress">Told the seconds of video done, and all.</param>
    public static FrameScan Of(string path, VideoReaderOptions options, double last, Action<int, int> progress, CancellationToken cancellation)
    {
        int stretches = (int)Math.Floor(last / StretchSeconds) + 1, done = 0;
        FrameScan[] parts = new FrameScan[stretches];
        Lock gate = new();
        try
        {
            Parallel.ForEach(
                Partitioner.Create(Enumerable.Range(0, stretches), EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
                stretch =>
                {
                    parts[stretch] = Stretch(path, options, stretch * StretchSeconds, (stretch + 1) * StretchSeconds, cancellation);
                    lock (gate)
                    {
                        progress((int)(++done * StretchSeconds), (int)Math.Ceiling(stretches * StretchSeconds));
                    }
                });
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
        DamagedSpans damage = new();
        foreach (VideoSpan span in parts.SelectMany(part => part.Damage.All))
            damage.Add(span);
        return new([.. parts.SelectMany(part => part.Starts)], parts.Sum(part => part.Duplicates), parts.Sum(part => part.Interlaced), damage);
    }

    /// <summary>The frames that begin in a stretch.</summary>
    private static FrameScan Stretch(string path, VideoReaderOptions options, double from, double to, CancellationToken cancellation)
    {
        using VideoReader reader = new(path, options);
        using VideoFrame frame = FramePool.Shared.Rent();
        List<double> starts = [];
        long duplicates = 0, interlaced = 0;
        uint? before = null;
        reader.Seek(from - (2 * reader.Grace)); // To the frame before the stretch, where there is one.
        while (reader.ReadNext(frame) && frame.Seconds < to)
        {
            cancellation.ThrowIfCancellationRequested();
            uint content = Content(frame);
            if (frame.Seconds >= from)
            {
                starts.Add(frame.Seconds);
                duplicates += content == before ? 1 : 0;
                interlaced += reader.IsInterlaced ? 1 : 0;
            }
            before = content;
        }
        return new(starts, duplicates, interlaced, reader.Damage);
    }

    /// <summary>A checksum of the samples alone.</summary>
    private static uint Content(VideoFrame frame)
    {
        uint content = 0;
        for (int plane = 0; plane < 3; plane++)
        {
            for (int row = 0; row < frame.Format.Plane(plane).Rows; row++)
                content = Crc32C.Of(frame.Row(plane, row), content);
        }
        return content;
    }
}
