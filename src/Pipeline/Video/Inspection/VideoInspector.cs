using DoRA.Kernels;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>A video's doctor: reads its packets, decodes it whole, and says what training would do with it.</summary>
internal static class VideoInspector
{
    private const double TolerableShare = 0.01;

    // As pretrain takes them unless told otherwise.
    private const int FramesOfAClip = 8;

    /// <param name="options">As training would read it.</param>
    /// <param name="progress">Told the seconds of video decoded, and all.</param>
    /// <exception cref="UserException">It is no video, or not one frame can be decoded.</exception>
    public static VideoInspection Inspect(string path, VideoReaderOptions options, Action<int, int> progress, CancellationToken cancellation)
    {
        VideoReaderOptions bears = options with { DamageLimit = 1 };
        using VideoReader reader = new(path, bears);
        VideoInfo info = reader.Info;
        PacketScan packets = PacketScan.Of(path, cancellation);
        FrameScan frames = FrameScan.Of(path, bears with { KnownDurationSeconds = info.DurationSeconds }, reader.FindLastFrame(), progress, cancellation);
        double milliseconds = 1000 * RandomAccessCost.SecondsOfAFrame(info, bears);
        PixelLayout pixels = PixelLayout.Of(ffmpeg.av_get_pix_fmt(info.PixelFormat));
        TimingFacts timing = Timing(reader, packets, frames);
        return new(
            System.IO.Path.GetFullPath(path), new FileInfo(path).Length, reader.Container, info.Codec,
            new(info.Format.Width, info.Format.Height, info.Format.Rotation, info.PixelFormat, pixels.BitDepth, info.Transfer, info.Primaries,
                !info.IsHdr ? "standard" : info.Transfer == "smpte2084" ? "PQ" : "HLG"),
            timing, packets.KeyFrames, LongestSpacing(packets.KeyTimes, info.StartSeconds + timing.Seconds),
            frames.Duplicates, frames.Interlaced, frames.Damage.Seconds, frames.Damage.All, milliseconds,
            Use(path, options, info, timing, frames, milliseconds));
    }

    private static TimingFacts Timing(VideoReader reader, PacketScan packets, FrameScan frames)
    {
        VideoInfo info = reader.Info;
        (double From, double To)[] steps = [.. frames.Starts.Zip(frames.Starts.Skip(1)).Where(step => !frames.Damage.All.Any(span => span.From < step.Second && span.To > step.First))];
        double[] lengths = [.. steps.Select(step => step.To - step.From).Order()];
        double median = lengths.Length > 0 ? lengths[lengths.Length / 2] : 1 / info.FramesPerSecond;
        double tolerance = (reader.Tick * 1.01) + (TolerableShare * median);
        return new(
            info.DurationSeconds, frames.Starts[^1] + median, frames.Starts.Count, reader.NominalRate, info.FramesPerSecond,
            lengths.Length > 0 ? lengths.Length / lengths.Sum() : info.FramesPerSecond,
            lengths.All(length => Math.Abs(length - median) <= tolerance), info.StartSeconds,
            [.. steps.Where(step => step.To - step.From > Math.Max(1, 10 * median)).Select(step => new VideoSpan(step.From + median, step.To))],
            packets.Unstamped, packets.Backwards, packets.Repeated, packets.CutByEditList);
    }

    private static double LongestSpacing(IReadOnlyList<double> keys, double end) =>
        keys.Count == 0 ? 0 : keys.Skip(1).Append(Math.Max(end, keys[^1])).Zip(keys, (next, key) => next - key).Max();

    private static TrainingUse Use(string path, VideoReaderOptions options, VideoInfo info, TimingFacts timing, FrameScan frames, double milliseconds)
    {
        try
        {
            VideoCollection.Open([path], options);
            frames.Damage.RequireWithin(options.DamageLimit, info);
        }
        catch (UserException refusal)
        {
            return new(true, [refusal.Message]);
        }
        List<string> sentences = [];
        if (info.IsHdr)
            sentences.Add("Its high dynamic range is tone-mapped to the standard one.");
        if (frames.Interlaced > 0)
            sentences.Add("Of interlaced frames one field is taken, scaled to the frame's height.");
        if (frames.Damage.All.Count > 0)
            sentences.Add("Clips that fall on its damaged spans are drawn again elsewhere.");
        if (!timing.IsConstant)
            sentences.Add("Its rate varies: clips are spaced in seconds, so each frame is the one shown at its time.");
        if (sentences.Count == 0)
            sentences.Add("It is used as it is.");
        double clips = Environment.ProcessorCount * 1000 / (milliseconds * FramesOfAClip);
        sentences.Add(FormattableString.Invariant(
            $"A frame from anywhere takes {milliseconds:f0} ms, so this machine reads {clips:f1} clips of {FramesOfAClip} frames a second; ")
            + FormattableString.Invariant($"a training that takes more than {clips / RandomAccessCost.Margin:f1} is given a proxy (data.proxy auto), and a video that fits in memory needs none."));
        return new(false, sentences);
    }
}
