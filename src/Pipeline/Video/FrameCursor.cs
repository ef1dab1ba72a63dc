using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// A place among a video's frames: the one that is shown there and the one after it, which says how long the first is shown. It goes on by
/// decoding and elsewhere by the container's key frames. Times are ticks of the container's clock.
/// </summary>
internal sealed unsafe class FrameCursor : IDisposable
{
    // How far to decode on where the container's index does not help.
    private const double BlindSeekSeconds = 5;

    // Later than any target: a frame of unknown time is no place to read from.
    private const long Unknown = long.MaxValue / 2;

    private readonly string path;
    private readonly VideoReaderOptions options;
    private readonly Watchdog watchdog;
    private readonly FramePool pool;
    private readonly Action<long, long> damaged;

    // The time of frames without one at the start of the file; below any other they are left out.
    private long unstampedStart;
    private VideoDecoder decoder = null!;
    private AVFrame* shown;
    private AVFrame* following;
    private long followingAt;
    private bool hasFollowing;
    private bool isOpen;
    private bool isPlaced;

    /// <summary>As <see cref="VideoDecoder"/>; nothing is read before <see cref="Open"/>.</summary>
    /// <exception cref="Kernels.UserException">FFmpeg is missing.</exception>
    public FrameCursor(string path, VideoReaderOptions options, Watchdog watchdog, FramePool pool, Action<long, long> damaged)
    {
        (this.path, this.options, this.watchdog, this.pool, this.damaged) = (path, options, watchdog, pool, damaged);
        FFmpegLibraries.Load();
        shown = ffmpeg.av_frame_alloc();
        following = ffmpeg.av_frame_alloc();
    }

    public VideoFile File => decoder.File;

    /// <summary>The first frame's time.</summary>
    public long Origin { get; private set; }

    /// <summary>The frame at this place; it changes with the place.</summary>
    public AVFrame* Shown => shown;

    /// <summary>When it begins.</summary>
    public long ShownAt { get; private set; }

    /// <summary>Whether the frame at this place was asked for, so that the next one comes after it.</summary>
    public bool WasRead { get; set; }

    private double Tick => File.Tick;

    /// <summary>Opens the file and goes to its first frame.</summary>
    /// <exception cref="Kernels.UserException">The file is missing, empty, cut off, damaged or no video.</exception>
    public void Open()
    {
        decoder = new VideoDecoder(path, options, watchdog, pool, damaged);
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
        Origin = ShownAt;
        unstampedStart = Math.Min(unstampedStart, Origin);
        isOpen = true;
    }

    /// <summary>Reads all packets without decoding them: ticks from the first frame to the last packet's time, and packets without a time.</summary>
    public (long Length, int Unstamped) ReadPackets()
    {
        using VideoDecoder scan = Scan();
        (long? last, int unstamped) = scan.ReadToEnd();
        return ((last ?? Origin) - Origin, unstamped);
    }

    /// <summary>Goes to the frame after the one that was read.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (!isPlaced)
            SeekTo(ShownAt);
        if (WasRead)
        {
            if (!hasFollowing)
                return false;
            Advance(long.MinValue);
        }
        WasRead = true;
        return true;
    }

    /// <summary>Goes to the frame that is shown at a time.</summary>
    /// <returns>Whether the video is damaged there, so that the frame to be shown is missing.</returns>
    public bool MoveTo(long target)
    {
        bool seeks = !isPlaced || target < ShownAt || (hasFollowing && target >= followingAt && IsSeekCheaper(target));
        if (seeks)
            SeekTo(target);
        AdvanceTo(target);
        if (!seeks && decoder.Damage.IsDamaged(target))
        {
            // Frames that a seek would have skipped may have been the damaged ones: what is said of a time must not hang on the times before it.
            SeekTo(target);
            AdvanceTo(target);
        }
        WasRead = true;
        return decoder.Damage.IsDamaged(target);
    }

    public void Dispose()
    {
        decoder?.Dispose();
        AVFrame* frame = shown;
        ffmpeg.av_frame_free(&frame);
        frame = following;
        ffmpeg.av_frame_free(&frame);
        shown = following = null;
    }

    private VideoDecoder Scan() => new(path, options, watchdog, pool, (_, _) => { });

    private void AdvanceTo(long target)
    {
        while (hasFollowing && followingAt <= target)
            Advance(target);
    }

    /// <summary>Whether a key frame lies between here and the target, so that decoding on would be wasted.</summary>
    private bool IsSeekCheaper(long target)
    {
        if (File.IndexedTimestamp(target - decoder.ReorderDelay, onlyKeyFrames: true) > followingAt)
            return true;
        // No key frame known in between: believe the index where it reaches as far as the target.
        bool indexReaches = File.IndexedTimestamp(target, onlyKeyFrames: false) > followingAt;
        return !indexReaches && (target - followingAt) * Tick > BlindSeekSeconds;
    }

    /// <summary>
    /// Goes to a key frame before the target and decodes the first frame after it. Containers count key frames by
    /// decoding or by presentation time, some only roughly, so a start after the target is answered by going further
    /// back, at twice the distance each time, down to the start of the file.
    /// </summary>
    private void SeekTo(long target)
    {
        for (long back = 0; target - back > Origin; back = Math.Max(back * 2, (long)Math.Ceiling(1 / Tick)))
        {
            if (!decoder.Seek(target - back - decoder.ReorderDelay))
                break;
            if (DecodeFirst(target, Unknown) && ShownAt <= target)
                return;
        }
        if (decoder.Seek(Origin - decoder.ReorderDelay) && DecodeFirst(target, Unknown) && ShownAt <= target)
            return;
        // The container cannot go back: start it anew.
        Restart();
        if (!DecodeFirst(target, unstampedStart))
            throw VideoErrors.NoFrame(path);
    }

    private void Restart()
    {
        VideoDecoder fresh = new(path, options, watchdog, pool, damaged);
        decoder.Dispose();
        decoder = fresh;
    }

    /// <summary>The first time that a packet names, or null.</summary>
    private long? FirstTime()
    {
        using VideoDecoder scan = Scan();
        return scan.FirstTime();
    }

    /// <summary>Decodes a frame to show and the one after it. False when the file ends before.</summary>
    /// <param name="wanted">As for <see cref="VideoDecoder.Next"/>.</param>
    /// <param name="unstamped">The time of a frame that has no timestamp.</param>
    private bool DecodeFirst(long wanted, long unstamped)
    {
        ShownAt = long.MinValue;
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
        ShownAt = followingAt;
        DecodeFollowing(wanted, ShownAt + Math.Max(1, (long)Math.Round(1 / (Tick * File.FramesPerSecond))));
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
            if (!isOpen && ++tries > options.StallPackets)
                throw VideoErrors.DamagedFromStart(path, tries);
        }
        while (hasFollowing && (followingAt <= ShownAt || decoder.Damage.IsDamaged(followingAt)));
        decoder.Damage.Passed(ShownAt);
        isPlaced = true;
    }

    /// <summary>The presentation time where there is one: FFmpeg's best guess depends on what was decoded before.</summary>
    private static long Timestamp(AVFrame* frame, long unstamped) =>
        frame->pts != ffmpeg.AV_NOPTS_VALUE ? frame->pts
        : frame->best_effort_timestamp != ffmpeg.AV_NOPTS_VALUE ? frame->best_effort_timestamp
        : unstamped;
}
