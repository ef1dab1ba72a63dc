using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Pictures;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Dataset;

/// <summary>
/// Reads a video once from its start to its end, scaled down as it is decoded. Every frame is looked at for a cut and for labels; lightness
/// and motion are measured so many times a second. Memory does not grow with the video but for its results.
/// </summary>
/// <param name="options">How videos are read.</param>
internal sealed class VideoSurvey(VideoReaderOptions options, double samplesPerSecond)
{
    /// <summary>Shorter side in pixels of the frames that are measured.</summary>
    public const int ShortSide = 144;

    /// <summary>The time over which motion is measured, or the time between two frames where that is longer.</summary>
    public const double MotionSeconds = 0.2;

    /// <summary>What is measured, for who reads the results.</summary>
    public static IReadOnlyDictionary<string, string> Measures { get; } = new Dictionary<string, string>
    {
        ["lightness"] = "CIE L* (0 to 100), sRGB transfer curve, mean over the pixels",
        ["motion"] = $"median distance over blocks of 16 px within {MotionSeconds} s, in shorter sides a second; whole pixels, {BlockMotion.Reach} at most",
        ["shots"] = "hard cuts, score of FFmpeg's scdet of at least 10, every frame",
        ["objects"] = "annotations of a labelled frame; classes: their different categories",
        ["frames"] = $"scaled to a shorter side of {ShortSide} px",
    };

    /// <param name="labels">What the label file says of this video's frames.</param>
    /// <param name="report">Told the seconds done of all.</param>
    /// <exception cref="UserException">The video cannot be read, lacks a frame that has labels, or has labels and damage.</exception>
    public VideoStatistics Run(
        string path, IReadOnlyDictionary<long, FrameLabels> labels, Action<int, int> report, CancellationToken interruption)
    {
        using CpuDevice device = new(1);
        using IFrameSequence reader = FrameSources.Open(path, options with { ShortSide = ShortSide });
        using VideoFrame frame = FramePool.Shared.Rent();
        VideoInfo info = reader.Info;
        (int width, int height) = FrameSize.Shrink(info.Format.Width, info.Format.Height, ShortSide);
        ShotDetector detector = new();
        List<FrameSample> samples = [];
        List<double> cuts = [];
        List<LabelledFrame> labelled = [];
        byte[] sampled = new byte[width * height];
        bool isMoving = false;
        double next = 0;
        long frames = 0;
        for (; reader.ReadNext(frame, width, height); frames++)
        {
            interruption.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> luma = frame.Bytes[..sampled.Length];
            if (detector.IsCut(luma))
            {
                cuts.Add(frame.Seconds);
                isMoving = false;
            }

            if (isMoving && frame.Seconds - samples[^1].Seconds >= MotionSeconds - reader.Grace)
            {
                double? distance = BlockMotion.Distance(sampled, luma, width, height);
                samples[^1] = samples[^1] with { Motion = distance / Math.Min(width, height) / (frame.Seconds - samples[^1].Seconds) };
                isMoving = false;
            }

            if (frame.Seconds >= next - reader.Grace)
            {
                RgbImage picture = FramePictures.Whole(device, frame);
                samples.Add(new(frame.Seconds, Lightness.Mean(picture), null));
                luma.CopyTo(sampled);
                isMoving = true;
                next = (Math.Floor((frame.Seconds + reader.Grace) * samplesPerSecond) + 1) / samplesPerSecond;
                report((int)frame.Seconds, (int)Math.Ceiling(info.DurationSeconds));
            }

            if (labels.TryGetValue(frames, out FrameLabels? label))
            {
                labelled.Add(new(frame.Seconds, label.Objects, label.Classes));
            }
        }

        if (labels.Count > 0 && reader.Damage.All.Count > 0)
        {
            throw new UserException(
                $"'{path}' is damaged, so that its frames cannot be counted and labels not laid to them; leave out --labels, or mend the video.");
        }

        long last = labels.Keys.DefaultIfEmpty(-1).Max();
        if (last >= frames)
        {
            throw new UserException($"The labels are of frame {last} too, but '{path}' has {frames} frames, counted from 0; give the labels of this video.");
        }

        double seconds = frame.Seconds + (1 / info.FramesPerSecond);
        return new(path, info.Format.DisplayWidth, info.Format.DisplayHeight, info.FramesPerSecond, seconds, frames, samples, cuts, labelled);
    }
}
