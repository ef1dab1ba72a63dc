using DoRA.Kernels;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Reads a video's frames, at any time or one after another. It holds one decoder: one thread at a time may use it, so
/// each worker opens its own. A decoder that hangs is left behind with an error.
/// </summary>
public sealed unsafe class VideoReader : IFrameSequence
{
    // How far to decode on where the container's index does not help.
    private const double BlindSeekSeconds = 5;

    // A time that is rounded below a frame's start still means that frame.
    private const double GraceSeconds = 0.0005;

    // Frames of sound end at other times than pictures do.
    private const double SoundTolerance = 1;

    // Later than any target: a frame of unknown time is no place to read from.
    private const long Unknown = long.MaxValue / 2;

    private readonly VideoReaderOptions options;
    private readonly FramePool pool;
    private readonly Watchdog watchdog;
    private readonly NativeCalls calls;
    private FrameCopier copier = null!;
    private long origin;

    // The time of frames without one at the start of the file; below any other they are left out.
    private long unstampedStart;
    private double tick;

    // Spans met while the first frame was looked for.
    private readonly List<(long From, long To)> early = [];
    private VideoDecoder decoder = null!;

    // The frame shown, and the one after it, which says how long the first is shown.
    private AVFrame* shown = ffmpeg.av_frame_alloc();
    private AVFrame* following = ffmpeg.av_frame_alloc();
    private long shownAt;
    private long followingAt;
    private bool hasFollowing;
    private bool isPlaced;
    private bool shownWasRead;

    /// <param name="path">A video file.</param>
    /// <param name="options">Threads and limits; the default when null.</param>
    /// <param name="pool">Where <see cref="Read"/> and the decoder take memory from; the shared one when null.</param>
    /// <exception cref="UserException">The file is missing, empty, cut off, damaged or no video, or FFmpeg is missing.</exception>
    public VideoReader(string path, VideoReaderOptions? options = null, FramePool? pool = null)
    {
        this.options = options ?? new VideoReaderOptions();
        this.pool = pool ?? FramePool.Shared;
        watchdog = new Watchdog(this.options.StallLimit);
        calls = new NativeCalls(watchdog, Release);
        try
        {
            calls.Run(() => Open(path), () => VideoErrors.Hung(path, 0));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public VideoInfo Info { get; private set; } = null!;

    /// <inheritdoc/>
    public DamagedSpans Damage { get; } = new();

    /// <summary>FFmpeg's names of the container: <c>mov,mp4,m4a,3gp,3g2,mj2</c>, <c>matroska,webm</c>, ...</summary>
    internal string Container => decoder.File.Container;

    /// <summary>Seconds of one tick of the container's clock.</summary>
    internal double Tick => tick;

    /// <summary>Frames a second that the container names; 0 where it names none.</summary>
    internal double NominalRate => decoder.File.NominalRate;

    /// <summary>Whether the frame read last is interlaced in the file.</summary>
    internal bool IsInterlaced => shown->interlaced_frame != 0;

    /// <summary>How much before a frame's start a time may lie and still mean that frame: half a tick at most.</summary>
    public double Grace => Math.Min(GraceSeconds, tick / 2);

    /// <inheritdoc/>
    public VideoFrame Read(double seconds)
    {
        VideoFrame frame = pool.Rent();
        try
        {
            ReadAt(seconds, frame);
            return frame;
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="Read"/>, into a frame that the caller has.</summary>
    /// <exception cref="UserException">The file is damaged beyond the limits, or its decoder stalls.</exception>
    public void ReadAt(double seconds, VideoFrame destination)
    {
        bool isDamaged = false;
        Call(() => isDamaged = MoveTo(seconds), seconds);
        copier.CopyShrunk(shown, ShownAtSeconds, options.ShortSide, destination);
        destination.IsDamaged = isDamaged;
    }

    /// <summary>The next frame in order of time: the first one after opening, then the one after the last that was read.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="UserException">The file is damaged beyond the limits, or its decoder stalls.</exception>
    public bool ReadNext(VideoFrame destination)
    {
        if (!CallMoveNext())
            return false;
        copier.Copy(shown, ShownAtSeconds, destination);
        return true;
    }

    /// <inheritdoc/>
    public void Seek(double seconds)
    {
        Call(() => MoveTo(seconds), seconds);
        shownWasRead = false;
    }

    /// <inheritdoc/>
    public bool ReadNext(VideoFrame destination, int width, int height)
    {
        if (!CallMoveNext())
            return false;
        copier.CopyScaled(shown, ShownAtSeconds, width, height, destination);
        return true;
    }

    /// <summary>Decodes the end of the file: the start of the last frame that can be read, in seconds.</summary>
    /// <exception cref="UserException">The file is damaged beyond the limits, or its decoder stalls.</exception>
    public double FindLastFrame()
    {
        Call(() => MoveTo(Info.DurationSeconds), Info.DurationSeconds);
        return ShownAtSeconds;
    }

    /// <inheritdoc/>
    public bool SoundReaches(double seconds)
    {
        bool reaches = false;
        Call(() =>
        {
            using VideoFile sound = new(Info.Path, watchdog, otherStreams: true);
            reaches = sound.Reaches(seconds - SoundTolerance + (origin * tick));
        }, seconds);
        return reaches;
    }

    public void Dispose() => calls.Dispose();

    private void Release()
    {
        decoder?.Dispose();
        copier?.Dispose();
        AVFrame* frame = shown;
        ffmpeg.av_frame_free(&frame);
        frame = following;
        ffmpeg.av_frame_free(&frame);
        shown = following = null;
    }

    private void Call(Action call, double seconds) => calls.Run(call, () => VideoErrors.Hung(Info.Path, seconds));

    private bool CallMoveNext()
    {
        bool moved = false;
        Call(() => moved = MoveNext(), ShownAtSeconds);
        return moved;
    }

    private void Open(string path)
    {
        decoder = new VideoDecoder(path, options, watchdog, pool, AddDamage);
        copier = new FrameCopier(decoder.File.Rotation);
        tick = decoder.File.Tick;
        bool hasFrame = DecodeFirst(long.MinValue, 0);
        if (hasFrame && Timestamp(shown, Unknown) == Unknown && FirstTime() is not null)
        {
            // The container has a clock but cannot say times before its zero: what is shown there is left out, as by an edit list.
            unstampedStart = long.MinValue;
            Restart();
            hasFrame = DecodeFirst(long.MinValue, unstampedStart);
        }
        if (!hasFrame)
            throw VideoErrors.NoFrame(path);
        origin = shownAt;
        unstampedStart = Math.Min(unstampedStart, origin);
        Info = Describe();
        foreach ((long from, long to) in early)
            AddDamage(from, to);
    }

    private double ShownAtSeconds => (shownAt - origin) * tick;

    private VideoInfo Describe()
    {
        VideoFile file = decoder.File;
        double rate = file.FramesPerSecond;
        double duration = file.DeclaredDuration(origin) ?? options.KnownDurationSeconds ?? MeasureDuration(1 / rate);
        long frames = file.Stream->nb_frames > 0 ? file.Stream->nb_frames : (long)Math.Round(duration * rate);
        return new VideoInfo(file.Path, ffmpeg.avcodec_get_name(file.Stream->codecpar->codec_id), copier.PixelFormatOf(shown),
            copier.FormatOf(shown), duration, rate, frames, origin * tick)
        {
            Transfer = ffmpeg.av_color_transfer_name(shown->color_trc) ?? "unknown",
            Primaries = ffmpeg.av_color_primaries_name(shown->color_primaries) ?? "unknown",
        };
    }

    /// <summary>Reads all packets of a file whose header has no duration, without decoding them.</summary>
    private double MeasureDuration(double frameSeconds)
    {
        using VideoDecoder scan = new(decoder.File.Path, options, watchdog, pool, (_, _) => { });
        (long? last, int unstamped) = scan.ReadToEnd();
        return (((last ?? origin) - origin) * tick) + Math.Max(1, unstamped) * frameSeconds;
    }

    private bool MoveNext()
    {
        if (!isPlaced)
            SeekTo(shownAt);
        if (shownWasRead)
        {
            if (!hasFollowing)
                return false;
            Advance(long.MinValue);
        }
        shownWasRead = true;
        return true;
    }

    /// <returns>Whether the video is damaged there, so that the frame to be shown is missing.</returns>
    private bool MoveTo(double seconds)
    {
        if (double.IsNaN(seconds))
            throw new ArgumentOutOfRangeException(nameof(seconds), "a time must be a number");
        long target = origin + (long)Math.Clamp(Math.Floor((seconds + Grace) / tick), 0, long.MaxValue / 4);
        bool seeks = !isPlaced || target < shownAt || (hasFollowing && target >= followingAt && IsSeekCheaper(target));
        if (seeks)
            SeekTo(target);
        AdvanceTo(target);
        if (!seeks && decoder.Damage.IsDamaged(target))
        {
            // Frames that a seek would have skipped may have been the damaged ones: what is said of a time must not hang on the times before it.
            SeekTo(target);
            AdvanceTo(target);
        }
        shownWasRead = true;
        return decoder.Damage.IsDamaged(target);
    }

    private void AdvanceTo(long target)
    {
        while (hasFollowing && followingAt <= target)
            Advance(target);
    }

    /// <summary>Whether a key frame lies between here and the target, so that decoding on would be wasted.</summary>
    private bool IsSeekCheaper(long target)
    {
        if (decoder.File.IndexedTimestamp(target - decoder.ReorderDelay, onlyKeyFrames: true) > followingAt)
            return true;
        // No key frame known in between: believe the index where it reaches as far as the target.
        bool indexReaches = decoder.File.IndexedTimestamp(target, onlyKeyFrames: false) > followingAt;
        return !indexReaches && (target - followingAt) * tick > BlindSeekSeconds;
    }

    /// <summary>
    /// Goes to a key frame before the target and decodes the first frame after it. Containers count key frames by
    /// decoding or by presentation time, some only roughly, so a start after the target is answered by going further
    /// back, at twice the distance each time, down to the start of the file.
    /// </summary>
    private void SeekTo(long target)
    {
        for (long back = 0; target - back > origin; back = Math.Max(back * 2, (long)Math.Ceiling(1 / tick)))
        {
            if (!decoder.Seek(target - back - decoder.ReorderDelay))
                break;
            if (DecodeFirst(target, Unknown) && shownAt <= target)
                return;
        }
        if (decoder.Seek(origin - decoder.ReorderDelay) && DecodeFirst(target, Unknown) && shownAt <= target)
            return;
        // The container cannot go back: start it anew.
        Restart();
        if (!DecodeFirst(target, unstampedStart))
            throw VideoErrors.NoFrame(Info.Path);
    }

    private void Restart()
    {
        VideoDecoder fresh = new(decoder.File.Path, options, watchdog, pool, AddDamage);
        decoder.Dispose();
        decoder = fresh;
    }

    /// <summary>The first time that a packet names, or null.</summary>
    private long? FirstTime()
    {
        using VideoDecoder scan = new(decoder.File.Path, options, watchdog, pool, (_, _) => { });
        return scan.FirstTime();
    }

    /// <summary>Decodes a frame to show and the one after it. False when the file ends before.</summary>
    /// <param name="wanted">As for <see cref="VideoDecoder.Next"/>.</param>
    /// <param name="unstamped">The time of a frame that has no timestamp.</param>
    private bool DecodeFirst(long wanted, long unstamped)
    {
        shownAt = long.MinValue;
        DecodeFollowing(wanted, unstamped);
        if (!hasFollowing)
            return false;
        Advance(wanted);
        return true;
    }

    private void Advance(long wanted)
    {
        AVFrame* spare = shown;
        shown = following;
        following = spare;
        shownAt = followingAt;
        DecodeFollowing(wanted, shownAt + Math.Max(1, (long)Math.Round(1 / (tick * decoder.File.FramesPerSecond))));
    }

    /// <summary>Decodes the frame after the one shown; frames that are damaged or whose clock runs backwards are left out.</summary>
    private void DecodeFollowing(long wanted, long unstamped)
    {
        isPlaced = false; // Should the decoder fail, the next call seeks.
        int tries = 0;
        do
        {
            hasFollowing = decoder.Next(following, wanted);
            followingAt = !hasFollowing ? long.MaxValue : Timestamp(following, unstamped);
            if (Info is null && ++tries > options.StallPackets)
                throw VideoErrors.DamagedFromStart(decoder.File.Path, tries);
        }
        while (hasFollowing && (followingAt <= shownAt || decoder.Damage.IsDamaged(followingAt)));
        decoder.Damage.Passed(shownAt);
        isPlaced = true;
    }

    private void AddDamage(long from, long to)
    {
        if (Info is not { } info)
        {
            early.Add((from, to));
            return;
        }
        // What lies before the first good frame is before the video's time.
        if (to <= origin)
            return;
        Damage.Add(new((Math.Max(from, origin) - origin) * tick, (to - origin) * tick));
        Damage.RequireWithin(options.DamageLimit, info);
    }

    /// <summary>The presentation time where there is one: FFmpeg's best guess depends on what was decoded before.</summary>
    private static long Timestamp(AVFrame* frame, long unstamped) =>
        frame->pts != ffmpeg.AV_NOPTS_VALUE ? frame->pts
        : frame->best_effort_timestamp != ffmpeg.AV_NOPTS_VALUE ? frame->best_effort_timestamp
        : unstamped;
}
