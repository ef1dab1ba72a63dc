using DoRA.Kernels;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Reads a video's frames, at any time or one after another. It holds one decoder: one thread at a time may use it, so
/// each worker opens its own. A decoder that hangs is left behind with an error.
/// </summary>
public sealed unsafe class VideoReader : IFrameSequence
{
    // A time that is rounded below a frame's start still means that frame.
    private const double GraceSeconds = 0.0005;

    // Frames of sound end at other times than pictures do.
    private const double SoundTolerance = 1;

    private readonly VideoReaderOptions options;
    private readonly FramePool pool;
    private readonly Watchdog watchdog;
    private readonly NativeCalls calls;
    private readonly FrameCursor cursor;

    // Spans met while the first frame was looked for.
    private readonly List<(long From, long To)> early = [];
    private FrameCopier copier = null!;
    private double tick;

    /// <param name="path">A video file.</param>
    /// <param name="options">Threads and limits; the default when null.</param>
    /// <param name="pool">Where <see cref="Read"/> and the decoder take memory from; the shared one when null.</param>
    /// <exception cref="UserException">The file is missing, empty, cut off, damaged or no video, or FFmpeg is missing.</exception>
    public VideoReader(string path, VideoReaderOptions? options = null, FramePool? pool = null)
    {
        this.options = options ?? new VideoReaderOptions();
        this.pool = pool ?? FramePool.Shared;
        watchdog = new Watchdog(this.options.StallLimit);
        cursor = new FrameCursor(path, this.options, watchdog, this.pool, AddDamage);
        calls = new NativeCalls(watchdog, Release);
        try
        {
            calls.Run(Open, () => VideoErrors.Hung(path, 0));
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
    internal string Container => cursor.File.Container;

    /// <summary>Seconds of one tick of the container's clock.</summary>
    internal double Tick => tick;

    /// <summary>Frames a second that the container names; 0 where it names none.</summary>
    internal double NominalRate => cursor.File.NominalRate;

    /// <summary>Whether the frame read last is interlaced in the file.</summary>
    internal bool IsInterlaced => cursor.Shown->interlaced_frame != 0;

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
        Call(() => isDamaged = cursor.MoveTo(Ticks(seconds)), seconds);
        copier.CopyShrunk(cursor.Shown, ShownAtSeconds, options.ShortSide, destination);
        destination.IsDamaged = isDamaged;
    }

    /// <summary>The next frame in order of time: the first one after opening, then the one after the last that was read.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="UserException">The file is damaged beyond the limits, or its decoder stalls.</exception>
    public bool ReadNext(VideoFrame destination)
    {
        if (!CallMoveNext())
            return false;
        copier.Copy(cursor.Shown, ShownAtSeconds, destination);
        return true;
    }

    /// <inheritdoc/>
    public void Seek(double seconds)
    {
        Call(() => cursor.MoveTo(Ticks(seconds)), seconds);
        cursor.WasRead = false;
    }

    /// <inheritdoc/>
    public bool ReadNext(VideoFrame destination, int width, int height)
    {
        if (!CallMoveNext())
            return false;
        copier.CopyScaled(cursor.Shown, ShownAtSeconds, width, height, destination);
        return true;
    }

    /// <summary>Decodes the end of the file: the start of the last frame that can be read, in seconds.</summary>
    /// <exception cref="UserException">The file is damaged beyond the limits, or its decoder stalls.</exception>
    public double FindLastFrame()
    {
        Call(() => cursor.MoveTo(Ticks(Info.DurationSeconds)), Info.DurationSeconds);
        return ShownAtSeconds;
    }

    /// <inheritdoc/>
    public bool SoundReaches(double seconds)
    {
        bool reaches = false;
        Call(() =>
        {
            using VideoFile sound = new(Info.Path, watchdog, otherStreams: true);
            reaches = sound.Reaches(seconds - SoundTolerance + (cursor.Origin * tick));
        }, seconds);
        return reaches;
    }

    public void Dispose() => calls.Dispose();

    private void Release()
    {
        cursor.Dispose();
        copier?.Dispose();
    }

    private void Call(Action call, double seconds) => calls.Run(call, () => VideoErrors.Hung(Info.Path, seconds));

    private bool CallMoveNext()
    {
        bool moved = false;
        Call(() => moved = cursor.MoveNext(), ShownAtSeconds);
        return moved;
    }

    private void Open()
    {
        cursor.Open();
        copier = new FrameCopier(cursor.File.Rotation);
        tick = cursor.File.Tick;
        Info = Describe();
        foreach ((long from, long to) in early)
            AddDamage(from, to);
    }

    private double ShownAtSeconds => (cursor.ShownAt - cursor.Origin) * tick;

    private VideoInfo Describe()
    {
        VideoFile file = cursor.File;
        AVFrame* shown = cursor.Shown;
        double rate = file.FramesPerSecond;
        double duration = file.DeclaredDuration(cursor.Origin) ?? options.KnownDurationSeconds ?? MeasureDuration(1 / rate);
        long frames = file.Stream->nb_frames > 0 ? file.Stream->nb_frames : (long)Math.Round(duration * rate);
        return new VideoInfo(file.Path, ffmpeg.avcodec_get_name(file.Stream->codecpar->codec_id), copier.PixelFormatOf(shown),
            copier.FormatOf(shown), duration, rate, frames, cursor.Origin * tick)
        {
            Transfer = ffmpeg.av_color_transfer_name(shown->color_trc) ?? "unknown",
            Primaries = ffmpeg.av_color_primaries_name(shown->color_primaries) ?? "unknown",
        };
    }

    /// <summary>The duration of a file whose header has none.</summary>
    private double MeasureDuration(double frameSeconds)
    {
        (long length, int unstamped) = cursor.ReadPackets();
        return (length * tick) + (Math.Max(1, unstamped) * frameSeconds);
    }

    /// <summary>A time on the container's clock.</summary>
    private long Ticks(double seconds) => double.IsNaN(seconds)
        ? throw new ArgumentOutOfRangeException(nameof(seconds), "a time must be a number")
        : cursor.Origin + (long)Math.Clamp(Math.Floor((seconds + Grace) / tick), 0, long.MaxValue / 4);

    private void AddDamage(long from, long to)
    {
        if (Info is not { } info)
        {
            early.Add((from, to));
            return;
        }
        // What lies before the first good frame is before the video's time.
        if (to <= cursor.Origin)
            return;
        Damage.Add(new((Math.Max(from, cursor.Origin) - cursor.Origin) * tick, (to - cursor.Origin) * tick));
        Damage.RequireWithin(options.DamageLimit, info);
    }
}
