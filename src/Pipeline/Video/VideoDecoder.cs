using System.Globalization;
using DoRA.Kernels;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>A file and its decoder: frames in the order in which they are shown, from wherever it was sent.</summary>
internal sealed unsafe class VideoDecoder : IDisposable
{
    // In these codecs a frame that the decoder may skip is never needed by another one.
    private static readonly AVCodecID[] SkipsExactly =
        [AVCodecID.AV_CODEC_ID_H264, AVCodecID.AV_CODEC_ID_MPEG4, AVCodecID.AV_CODEC_ID_MPEG2VIDEO];

    // A file that is cut off errs at every packet that its index still promises.
    private const int ReadErrorLimit = 50;

    private readonly VideoReaderOptions options;
    private readonly Watchdog watchdog;
    private readonly bool canSkip;
    private readonly DecoderBuffers buffers;
    private AVCodecContext* codec;
    private AVPacket* packet;
    private long latestWanted = long.MinValue;
    private bool skipping;
    private bool awaitsKeyFrame;
    private int packetsWithoutFrame;
    private int readErrors;
    private long endTime = long.MinValue;

    /// <param name="path">The file.</param>
    /// <param name="options">Threads and limits.</param>
    /// <param name="watchdog">Restarted for each frame; outlives the decoder.</param>
    /// <param name="pool">Where pictures are put that are shown as they are decoded.</param>
    /// <param name="damaged">Told each damaged span, in ticks: its first one and the first after it.</param>
    /// <exception cref="UserException">As <see cref="VideoFile"/>.</exception>
    public VideoDecoder(string path, VideoReaderOptions options, Watchdog watchdog, FramePool pool, Action<long, long> damaged)
    {
        this.options = options;
        Damage = new DamageTracker(damaged);
        buffers = new DecoderBuffers(pool, options.ShortSide);
        this.watchdog = watchdog;
        try
        {
            File = new VideoFile(path, watchdog);
            AVCodecID id = File.Stream->codecpar->codec_id;
            canSkip = SkipsExactly.Contains(id);
            OpenCodec(ffmpeg.avcodec_find_decoder(id));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public VideoFile File { get; }

    /// <summary>Which of the times that were decoded since the last seek are damaged.</summary>
    public DamageTracker Damage { get; }

    /// <summary>The largest lead of a packet's presentation over its decoding, in ticks, met so far.</summary>
    public long ReorderDelay { get; private set; }

    /// <summary>Goes to a key frame at or before a timestamp. False where the container cannot.</summary>
    public bool Seek(long timestamp)
    {
        watchdog.Restart();
        if (!File.Seek(timestamp))
            return false;
        ffmpeg.avcodec_flush_buffers(codec);
        packetsWithoutFrame = 0;
        readErrors = 0;
        latestWanted = long.MinValue;
        awaitsKeyFrame = true;
        Damage.Seek();
        return true;
    }

    /// <summary>The next frame. False at the end of the file, after which only <see cref="Seek"/> goes on.</summary>
    /// <param name="frame">Filled.</param>
    /// <param name="wanted">
    /// Frames before the last one that starts no later than this timestamp may be left out: decoders skip those on
    /// which no other depends.
    /// </param>
    /// <exception cref="UserException">No frame came within the limits.</exception>
    public bool Next(AVFrame* frame, long wanted)
    {
        watchdog.Restart();
        while (true)
        {
            int code = ffmpeg.avcodec_receive_frame(codec, frame);
            if (code == 0)
            {
                packetsWithoutFrame = 0;
                if (frame->decode_error_flags != 0 || (frame->flags & ffmpeg.AV_FRAME_FLAG_CORRUPT) != 0)
                    Damage.Frame(frame->pts != ffmpeg.AV_NOPTS_VALUE ? frame->pts : frame->best_effort_timestamp);
                return true;
            }
            if (code == ffmpeg.AVERROR_EOF)
            {
                Damage.End(endTime);
                return false;
            }
            if (code == ffmpeg.AVERROR(ffmpeg.EAGAIN))
                Feed(wanted);
            else
                Damage.Packet();
            if (++packetsWithoutFrame > options.StallPackets || watchdog.Expired)
                throw VideoErrors.Stalled(File.Path);
        }
    }

    /// <summary>Reads on to the end without decoding.</summary>
    /// <returns>The latest time at which a packet is shown, and how many packets have no time.</returns>
    /// <exception cref="UserException">The file kept FFmpeg waiting for too long.</exception>
    public (long? Last, int Unstamped) ReadToEnd()
    {
        long? last = null;
        int unstamped = 0;
        while (File.Read(packet) >= 0)
        {
            watchdog.Restart();
            long time = VideoFile.TimeOf(packet);
            if (packet->stream_index == File.StreamIndex && time == ffmpeg.AV_NOPTS_VALUE)
                unstamped++;
            else if (packet->stream_index == File.StreamIndex)
                last = Math.Max(last ?? time, time);
            ffmpeg.av_packet_unref(packet);
        }
        return (last, unstamped);
    }

    /// <summary>Reads on to the first packet that has a time, without decoding; null at the end.</summary>
    /// <exception cref="UserException">The file kept FFmpeg waiting for too long.</exception>
    public long? FirstTime()
    {
        long time = ffmpeg.AV_NOPTS_VALUE;
        while (time == ffmpeg.AV_NOPTS_VALUE && File.Read(packet) >= 0)
        {
            watchdog.Restart();
            if (packet->stream_index == File.StreamIndex)
                time = VideoFile.TimeOf(packet);
            ffmpeg.av_packet_unref(packet);
        }
        return time == ffmpeg.AV_NOPTS_VALUE ? null : time;
    }

    public void Dispose()
    {
        AVPacket* oldPacket = packet;
        ffmpeg.av_packet_free(&oldPacket);
        packet = null;
        AVCodecContext* oldCodec = codec;
        ffmpeg.avcodec_free_context(&oldCodec);
        codec = null;
        buffers.Dispose();
        File?.Dispose();
    }

    private void OpenCodec(AVCodec* decoder)
    {
        packet = ffmpeg.av_packet_alloc();
        codec = ffmpeg.avcodec_alloc_context3(decoder);
        FFmpegError.Check(ffmpeg.avcodec_parameters_to_context(codec, File.Stream->codecpar), "set a decoder's parameters");
        codec->pkt_timebase = File.Stream->time_base;
        FFmpegError.Check(
            ffmpeg.av_opt_set(codec, "threads", options.Threads.ToString(CultureInfo.InvariantCulture), 0), "set a decoder's threads");
        buffers.Serve(codec, decoder);
        int code = ffmpeg.avcodec_open2(codec, decoder, null);
        if (code < 0)
            throw VideoErrors.NotOpened(File.Path, FFmpegError.Text(code));
    }

    /// <summary>Gives the decoder one packet, or at the end of the file the sign that no more come.</summary>
    private void Feed(long wanted)
    {
        int code = File.Read(packet);
        if (code == ffmpeg.AVERROR_INVALIDDATA && ++readErrors < ReadErrorLimit)
        {
            Damage.Gap();
            return;
        }
        if (code < 0)
        {
            _ = ffmpeg.avcodec_send_packet(codec, null); // Fails only where the decoder knows already.
            return;
        }
        readErrors = 0;
        if (packet->stream_index == File.StreamIndex && !IsBeforeKeyFrame())
        {
            long time = VideoFile.TimeOf(packet);
            if (time != ffmpeg.AV_NOPTS_VALUE)
            {
                Damage.Feed(time, (packet->flags & ffmpeg.AV_PKT_FLAG_KEY) != 0);
                endTime = Math.Max(endTime, time + Math.Max(1, packet->duration));
            }
            SkipWhatNobodyNeeds(wanted);
            if (ffmpeg.avcodec_send_packet(codec, packet) < 0 || (packet->flags & ffmpeg.AV_PKT_FLAG_CORRUPT) != 0)
                Damage.Packet();
        }
        ffmpeg.av_packet_unref(packet);
    }

    /// <summary>After a seek, some containers start in the middle of a group of pictures.</summary>
    private bool IsBeforeKeyFrame()
    {
        awaitsKeyFrame &= (packet->flags & ffmpeg.AV_PKT_FLAG_KEY) == 0;
        return awaitsKeyFrame;
    }

    /// <summary>
    /// Packets come in decoding order. Once one that is shown at s ≤ wanted has come, a later packet shown before s is
    /// not the wanted frame: if nothing refers to it, it need not be decoded.
    /// </summary>
    private void SkipWhatNobodyNeeds(long wanted)
    {
        long shown = packet->pts;
        if (shown == ffmpeg.AV_NOPTS_VALUE)
            return; // The second field of a picture shares the first one's fate.
        if (packet->dts != ffmpeg.AV_NOPTS_VALUE)
            ReorderDelay = Math.Max(ReorderDelay, shown - packet->dts);
        if (shown <= wanted)
            latestWanted = Math.Max(latestWanted, shown);
        bool skip = canSkip && shown < latestWanted;
        if (skip != skipping)
            ffmpeg.av_opt_set(codec, "skip_frame", skip ? "noref" : "default", 0);
        skipping = skip;
    }
}
