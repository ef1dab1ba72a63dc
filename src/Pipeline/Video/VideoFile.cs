using System.Runtime.InteropServices;
using DoRA.Kernels;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>An opened container and the one video stream chosen in it: packets and seeking.</summary>
internal sealed unsafe class VideoFile : IDisposable
{
    // Demuxers that make pictures from texts and still images.
    private static readonly string[] NotVideos = ["tty", "image2", "bin", "xbin", "adf", "idf"];

    private readonly Watchdog watchdog;
    private AVFormatContext* context;

    /// <exception cref="UserException">The file is missing, empty, damaged, or holds no video.</exception>
    /// <param name="path">The file.</param>
    /// <param name="watchdog">Outlives it.</param>
    /// <param name="otherStreams">To read all streams but that of the pictures; otherwise it alone is read.</param>
    public VideoFile(string path, Watchdog watchdog, bool otherStreams = false)
    {
        Path = path;
        this.watchdog = watchdog;
        CheckPath(path);
        FFmpegLibraries.Load();
        ffmpeg.av_log_set_level(ffmpeg.AV_LOG_QUIET);
        try
        {
            Open();
            Stream = ChooseStream();
        }
        catch
        {
            Dispose();
            throw;
        }
        for (uint index = 0; index < context->nb_streams; index++)
        {
            if (context->streams[index] == Stream)
                StreamIndex = (int)index;
            if (context->streams[index] == Stream == otherStreams)
                context->streams[index]->discard = AVDiscard.AVDISCARD_ALL;
        }
    }

    public string Path { get; }

    public AVStream* Stream { get; private set; }

    public int StreamIndex { get; }

    /// <summary>Seconds of one tick of the stream's clock.</summary>
    public double Tick => (double)Stream->time_base.num / Stream->time_base.den;

    /// <summary>FFmpeg's names of the container.</summary>
    public string Container => Marshal.PtrToStringUTF8((nint)context->iformat->name) ?? "";

    /// <summary>Frames a second that the container names; 0 where it names none.</summary>
    public double NominalRate => Rate(Stream->r_frame_rate) ?? 0;

    public double FramesPerSecond => Rate(Stream->avg_frame_rate) ?? Rate(Stream->r_frame_rate) ?? 25;

    /// <summary>Degrees clockwise, a multiple of 90, that the display matrix asks for.</summary>
    public int Rotation
    {
        get
        {
            int* matrix = DisplayMatrix.Of(Stream);
            if (matrix == null)
                return 0;
            int quarterTurns = (int)Math.Round(Math.Atan2(matrix[1], matrix[0]) * 2 / Math.PI);
            return (quarterTurns + 4) % 4 * 90;
        }
    }

    /// <summary>When a packet is shown, or without that when it is decoded; AV_NOPTS_VALUE where it says neither.</summary>
    public static long TimeOf(AVPacket* packet) => packet->pts != ffmpeg.AV_NOPTS_VALUE ? packet->pts : packet->dts;

    /// <summary>The duration in the header, in seconds from the first frame, or null.</summary>
    /// <param name="firstTimestamp">The first frame's timestamp.</param>
    public double? DeclaredDuration(long firstTimestamp)
    {
        if (Stream->duration > 0)
            return Stream->duration * Tick;
        if (context->duration <= 0)
            return null;
        double start = context->start_time == ffmpeg.AV_NOPTS_VALUE ? 0 : context->start_time * 1e-6;
        return start + context->duration * 1e-6 - firstTimestamp * Tick;
    }

    /// <summary>Reads the next packet of any stream. Returns FFmpeg's code: 0, or negative at the end or on an error.</summary>
    /// <exception cref="UserException">The file kept FFmpeg waiting for too long.</exception>
    public int Read(AVPacket* packet)
    {
        int code = ffmpeg.av_read_frame(context, packet);
        if (code == ffmpeg.AVERROR_EXIT)
            throw VideoErrors.Stalled(Path);
        return code;
    }

    /// <summary>Goes to a key frame at or before a timestamp. False where the container cannot.</summary>
    public bool Seek(long timestamp) => ffmpeg.av_seek_frame(context, StreamIndex, timestamp, ffmpeg.AVSEEK_FLAG_BACKWARD) >= 0;

    /// <summary>Whether a packet of any stream but the pictures' begins at a time or after it.</summary>
    /// <param name="seconds">On the file's own clock.</param>
    /// <exception cref="UserException">The file kept FFmpeg waiting for too long.</exception>
    public bool Reaches(double seconds)
    {
        AVPacket* packet = ffmpeg.av_packet_alloc();
        bool reaches = false;
        while (!reaches && Read(packet) >= 0)
        {
            watchdog.Restart();
            AVRational tick = context->streams[packet->stream_index]->time_base;
            reaches = packet->stream_index != StreamIndex && packet->pts != ffmpeg.AV_NOPTS_VALUE && (double)packet->pts * tick.num / tick.den >= seconds;
            ffmpeg.av_packet_unref(packet);
        }
        ffmpeg.av_packet_free(&packet);
        return reaches;
    }

    /// <summary>The container's index: the last entry not after a timestamp, or null where the index holds none.</summary>
    public long? IndexedTimestamp(long timestamp, bool onlyKeyFrames)
    {
        int flags = ffmpeg.AVSEEK_FLAG_BACKWARD | (onlyKeyFrames ? 0 : ffmpeg.AVSEEK_FLAG_ANY);
        AVIndexEntry* entry = ffmpeg.avformat_index_get_entry_from_timestamp(Stream, timestamp, flags);
        return entry == null ? null : entry->timestamp;
    }

    public void Dispose()
    {
        AVFormatContext* closing = context;
        ffmpeg.avformat_close_input(&closing);
        context = null;
    }

    private static void CheckPath(string path)
    {
        if (Directory.Exists(path))
            throw VideoErrors.IsFolder(path);
        FileInfo file = new(path);
        if (!file.Exists)
            throw VideoErrors.Missing(path);
        // Pipes and devices have no length either, and would keep a reader waiting.
        if (file.Length == 0)
            throw VideoErrors.Empty(path);
        try
        {
            file.OpenRead().Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw VideoErrors.Unreadable(path, exception);
        }
    }

    private void Open()
    {
        AVFormatContext* opening = ffmpeg.avformat_alloc_context();
        opening->interrupt_callback = watchdog.Callback;
        // On failure this frees the context. The prefix keeps names with a colon from being taken for protocols.
        int code = ffmpeg.avformat_open_input(&opening, "file:" + System.IO.Path.GetFullPath(Path), null, null);
        if (code < 0)
            throw code == ffmpeg.AVERROR_EXIT ? VideoErrors.Stalled(Path) : VideoErrors.NotOpened(Path, FFmpegError.Text(code));
        context = opening;
        if (NotVideos.Contains(Container) || Container.EndsWith("_pipe", StringComparison.Ordinal))
            throw VideoErrors.NotVideo(Path);
        code = ffmpeg.avformat_find_stream_info(context, null);
        if (code < 0)
            throw code == ffmpeg.AVERROR_EXIT ? VideoErrors.Stalled(Path) : VideoErrors.NotOpened(Path, FFmpegError.Text(code));
    }

    /// <summary>The largest moving picture that has a decoder.</summary>
    private AVStream* ChooseStream()
    {
        AVStream* best = null;
        bool hasSound = false;
        string? missingDecoder = null;
        for (uint index = 0; index < context->nb_streams; index++)
        {
            AVStream* stream = context->streams[index];
            AVCodecParameters* parameters = stream->codecpar;
            hasSound |= parameters->codec_type == AVMediaType.AVMEDIA_TYPE_AUDIO;
            if (parameters->codec_type != AVMediaType.AVMEDIA_TYPE_VIDEO || (stream->disposition & ffmpeg.AV_DISPOSITION_ATTACHED_PIC) != 0)
                continue;
            if (ffmpeg.avcodec_find_decoder(parameters->codec_id) == null)
                missingDecoder = ffmpeg.avcodec_get_name(parameters->codec_id);
            else if (best == null || Area(parameters) > Area(best->codecpar))
                best = stream;
        }
        if (best != null)
            return best;
        throw missingDecoder is not null ? VideoErrors.NoDecoder(Path, missingDecoder)
            : hasSound ? VideoErrors.OnlySound(Path)
            : VideoErrors.NotVideo(Path);
    }

    private static long Area(AVCodecParameters* parameters) => (long)parameters->width * parameters->height;

    private static double? Rate(AVRational rate) => rate is { num: > 0, den: > 0 } ? (double)rate.num / rate.den : null;
}
