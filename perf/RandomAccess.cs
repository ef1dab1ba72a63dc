using System.Diagnostics;
using DoRA.Pipeline.Video;
using FFmpeg.AutoGen;

namespace DoRA.Perf;

/// <summary>Single frames at the same random times, three ways, which take turns.</summary>
internal sealed class RandomAccess(string path, VideoProxy proxy, TimeSpan time)
{
    private static readonly VideoReaderOptions Options = new();

    public IReadOnlyList<AccessTime> Measure()
    {
        using VideoReader reader = new(path);
        using IFrameSource fromProxy = proxy.Open();
        (string Way, Action<double> Read, List<double> Times)[] ways =
        [
            ("as released", ReadAsReleased, []),
            ("reader", seconds => reader.Read(seconds).Dispose(), []),
            ("proxy", seconds => fromProxy.Read(seconds).Dispose(), []),
        ];
        Random random = new(1);
        long begin = Stopwatch.GetTimestamp();
        while (ways[0].Times.Count < 10 || (Stopwatch.GetElapsedTime(begin) < time && ways[0].Times.Count < 1000))
        {
            double seconds = random.NextDouble() * proxy.Info.DurationSeconds;
            foreach ((_, Action<double> read, List<double> times) in ways)
            {
                long start = Stopwatch.GetTimestamp();
                read(seconds);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        return [.. ways.Select(way => new AccessTime(way.Way, way.Times.Order().ElementAt(way.Times.Count / 2), way.Times.Average(), way.Times.Count))];
    }

    /// <summary>What the released code asks of PyAV: open the file, seek to the key frame before, decode every frame up to the one that is wanted.</summary>
    private unsafe void ReadAsReleased(double seconds)
    {
        using Watchdog watchdog = new(Options.StallLimit);
        using VideoDecoder decoder = new(path, Options, watchdog, FramePool.Shared, (_, _) => { });
        AVFrame* frame = ffmpeg.av_frame_alloc();
        long target = (long)(seconds / decoder.File.Tick);
        decoder.Seek(target);
        while (decoder.Next(frame, long.MinValue) && frame->pts < target)
        {
            // A frame on the way.
        }

        ffmpeg.av_frame_free(&frame);
    }
}
