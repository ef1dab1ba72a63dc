using DoRA.Kernels;
using DoRA.Kernels.Augment;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>Encodes pictures into a file of one stream. The same pictures give the same bytes.</summary>
internal sealed unsafe class VideoWriter : IDisposable
{
    private readonly string path;
    private readonly AVRational clock;
    private readonly VideoEncoding encoding;
    private AVFrame* picture = ffmpeg.av_frame_alloc();
    private AVCodecContext* encoder;
    private AVFormatContext* container;
    private AVPacket* packet;

    /// <exception cref="UserException">FFmpeg lacks the encoder or the file cannot be written.</exception>
    public VideoWriter(string path, VideoEncoding encoding)
    {
        this.path = path;
        this.encoding = encoding;
        clock = new AVRational { num = 1, den = encoding.TicksPerSecond };
        FFmpegLibraries.Load();
        ffmpeg.av_log_set_level(ffmpeg.AV_LOG_QUIET);
        try
        {
            packet = ffmpeg.av_packet_alloc();
            OpenEncoder();
            OpenContainer();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Encodes one picture.</summary>
    /// <param name="frame">Planar 8-bit 4:2:0 of the encoding's size.</param>
    /// <param name="timestamp">In ticks, after the one before.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public void Write(VideoFrame frame, long timestamp)
    {
        FrameFormat format = frame.Format;
        if (format.Width != encoding.Width || format.Height != encoding.Height || format is not { ChromaShiftX: 1, ChromaShiftY: 1, BitDepth: 8 })
            throw new ArgumentException($"a frame of {format} is no 4:2:0 picture of {encoding.Width}×{encoding.Height}", nameof(frame));
        picture->width = format.Width;
        picture->height = format.Height;
        picture->format = (int)ffmpeg.av_get_pix_fmt(encoding.PixelFormat);
        picture->pts = timestamp;
        for (int plane = 0; plane < 3; plane++)
        {
            picture->data[(uint)plane] = (byte*)frame.Pointer + format.Plane(plane).Offset;
            picture->linesize[(uint)plane] = format.Plane(plane).Stride;
        }
        Encode(picture); // Without a buffer of its own it is copied.
    }

    /// <summary>Writes what the encoder still holds, and the container's index.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public void Finish()
    {
        Encode(null);
        CheckFile(ffmpeg.av_write_trailer(container));
        AVIOContext* file = container->pb;
        container->pb = null;
        CheckFile(ffmpeg.avio_closep(&file));
    }

    public void Dispose()
    {
        AVFrame* oldPicture = picture;
        ffmpeg.av_frame_free(&oldPicture);
        picture = null;
        AVPacket* oldPacket = packet;
        ffmpeg.av_packet_free(&oldPacket);
        packet = null;
        AVCodecContext* oldEncoder = encoder;
        ffmpeg.avcodec_free_context(&oldEncoder);
        encoder = null;
        if (container != null && container->pb != null)
        {
            AVIOContext* file = container->pb;
            container->pb = null;
            _ = ffmpeg.avio_closep(&file); // The file is given up.
        }
        ffmpeg.avformat_free_context(container);
        container = null;
    }

    private void OpenEncoder()
    {
        AVCodec* codec = ffmpeg.avcodec_find_encoder_by_name(encoding.Encoder);
        if (codec == null)
            throw new UserException($"This FFmpeg has no encoder {encoding.Encoder}; install a complete one.");
        encoder = ffmpeg.avcodec_alloc_context3(codec);
        AVCodecParameters* parameters = ffmpeg.avcodec_parameters_alloc();
        parameters->codec_type = AVMediaType.AVMEDIA_TYPE_VIDEO;
        parameters->codec_id = codec->id;
        parameters->format = (int)ffmpeg.av_get_pix_fmt(encoding.PixelFormat);
        parameters->width = encoding.Width;
        parameters->height = encoding.Height;
        int code = ffmpeg.avcodec_parameters_to_context(encoder, parameters);
        ffmpeg.avcodec_parameters_free(&parameters);
        FFmpegError.Check(code, "set an encoder's parameters");
        encoder->time_base = clock;
        foreach ((string name, string value) in encoding.Options.Prepend(("flags", "+bitexact+global_header")))
            FFmpegError.Check(ffmpeg.av_opt_set(encoder, name, value, ffmpeg.AV_OPT_SEARCH_CHILDREN), $"set an encoder's {name} to {value}");
        FFmpegError.Check(ffmpeg.avcodec_open2(encoder, codec, null), $"open the encoder {encoding.Encoder}");
    }

    private void OpenContainer()
    {
        AVFormatContext* opening = null;
        FFmpegError.Check(ffmpeg.avformat_alloc_output_context2(&opening, null, encoding.Container, null), $"make a container {encoding.Container}");
        container = opening;
        // No version and no date in the file.
        FFmpegError.Check(ffmpeg.av_opt_set(container, "fflags", "+bitexact", 0), "set a container's flags");
        AVStream* stream = ffmpeg.avformat_new_stream(container, null);
        stream->time_base = clock;
        FFmpegError.Check(ffmpeg.avcodec_parameters_from_context(stream->codecpar, encoder), "describe a stream");
        AVIOContext* file = null;
        CheckFile(ffmpeg.avio_open(&file, "file:" + Path.GetFullPath(path), ffmpeg.AVIO_FLAG_WRITE));
        container->pb = file;
        CheckFile(ffmpeg.avformat_write_header(container, null));
    }

    private void Encode(AVFrame* frame)
    {
        FFmpegError.Check(ffmpeg.avcodec_send_frame(encoder, frame), "encode a frame");
        while (true)
        {
            int code = ffmpeg.avcodec_receive_packet(encoder, packet);
            if (code == ffmpeg.AVERROR_EOF || code == ffmpeg.AVERROR(ffmpeg.EAGAIN))
                return;
            FFmpegError.Check(code, "encode a frame");
            packet->duration = encoding.FrameTicks;
            ffmpeg.av_packet_rescale_ts(packet, clock, container->streams[0]->time_base);
            packet->stream_index = 0;
            CheckFile(ffmpeg.av_write_frame(container, packet));
            ffmpeg.av_packet_unref(packet);
        }
    }

    private void CheckFile(int code)
    {
        if (code < 0)
            throw VideoErrors.NotWritten(path, FFmpegError.IsDiskFull(code), FFmpegError.Text(code));
    }
}
