using DoRA.Pipeline.Video;
using FFmpeg.AutoGen;

namespace DoRA.Perf;

/// <summary>
/// A long video of real pictures, scaled up, under a moving synthetic grain: a loop of it is encoded, and its packets repeated.
/// </summary>
internal sealed unsafe class LoopedVideo
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _loop;
    private readonly int _framesPerSecond, _frames;

    private LoopedVideo(string loop, int framesPerSecond, int frames) => (_loop, _framesPerSecond, _frames) = (loop, framesPerSecond, frames);

    /// <summary>Encodes the loop.</summary>
    public static LoopedVideo Encode(string path, string source, string codec, int width, int height, int framesPerSecond, double seconds)
    {
        int frames = (int)(seconds * framesPerSecond);
        Encode(path, source, Encoding(codec, width, height, framesPerSecond), frames);
        return new(path, framesPerSecond, frames);
    }

    /// <summary>Writes a video of at least so many seconds.</summary>
    public void Repeat(string path, double seconds) =>
        Repeat(_loop, path, _framesPerSecond, _frames, (int)Math.Ceiling(seconds * _framesPerSecond / _frames));

    // Two seconds between key frames, as cameras and YouTube have it.
    private static VideoEncoding Encoding(string codec, int width, int height, int framesPerSecond) => codec == "h264"
        ? new("libx264", "mp4", "yuv420p", width, height, framesPerSecond, 1,
            [("preset", "ultrafast"), ("bf", "2"), ("g", $"{2 * framesPerSecond}"), ("crf", "23")])
        : new("libx265", "mp4", "yuv420p", width, height, framesPerSecond, 1,
            [("preset", "ultrafast"), ("x265-params", $"log-level=none:keyint={2 * framesPerSecond}:bframes=2:open-gop=0:crf=28")]);

    private static void Encode(string path, string source, VideoEncoding encoding, int frames)
    {
        using VideoWriter writer = new(path, encoding);
        using VideoReader reader = new(source);
        using VideoFrame frame = FramePool.Shared.Rent();
        Random random = new(1);
        for (int i = 0; i < frames; i++)
        {
            if (!reader.ReadNext(frame, encoding.Width, encoding.Height))
            {
                reader.Seek(0);
                reader.ReadNext(frame, encoding.Width, encoding.Height);
            }

            AddGrain(frame, random);
            writer.Write(frame, i);
        }

        writer.Finish();
    }

    /// <summary>Noise on a few rows that wander: enlarged pictures alone would be too easy to decode.</summary>
    private static void AddGrain(VideoFrame frame, Random random)
    {
        int width = frame.Format.Width, rows = frame.Format.Height / 16;
        Span<byte> band = new((byte*)frame.Pointer + (random.Next(frame.Format.Height - rows) * width), rows * width);
        for (int i = 0; i < band.Length; i++)
        {
            band[i] = (byte)Math.Clamp(band[i] + random.Next(-6, 7), 16, 235);
        }
    }

    private static void Repeat(string loop, string path, int framesPerSecond, int frames, int times)
    {
        AVFormatContext* container = null;
        FFmpegError.Check(ffmpeg.avformat_alloc_output_context2(&container, null, "mp4", null), "make a container");
        AVIOContext* file = null;
        FFmpegError.Check(ffmpeg.avio_open(&file, "file:" + path, ffmpeg.AVIO_FLAG_WRITE), "write a video");
        container->pb = file;
        AVPacket* packet = ffmpeg.av_packet_alloc();
        AVStream* stream = ffmpeg.avformat_new_stream(container, null);
        for (int time = 0; time < times; time++)
        {
            using Watchdog watchdog = new(Patience);
            using VideoFile source = new(loop, watchdog);
            if (time == 0)
            {
                Begin(container, stream, source, framesPerSecond);
            }

            AVRational tick = source.Stream->time_base;
            long length = (long)frames * tick.den / tick.num / framesPerSecond;
            while (source.Read(packet) >= 0)
            {
                watchdog.Restart();
                packet->pts += time * length;
                packet->dts += time * length;
                packet->stream_index = 0;
                packet->pos = -1;
                ffmpeg.av_packet_rescale_ts(packet, tick, stream->time_base);
                FFmpegError.Check(ffmpeg.av_write_frame(container, packet), "write a video");
                ffmpeg.av_packet_unref(packet);
            }
        }

        FFmpegError.Check(ffmpeg.av_write_trailer(container), "write a video");
        ffmpeg.av_packet_free(&packet);
        container->pb = null;
        FFmpegError.Check(ffmpeg.avio_closep(&file), "write a video");
        ffmpeg.avformat_free_context(container);
    }

    private static void Begin(AVFormatContext* container, AVStream* stream, VideoFile source, int framesPerSecond)
    {
        AVCodecContext* codec = ffmpeg.avcodec_alloc_context3(null);
        FFmpegError.Check(ffmpeg.avcodec_parameters_to_context(codec, source.Stream->codecpar), "copy a stream's parameters");
        FFmpegError.Check(ffmpeg.avcodec_parameters_from_context(stream->codecpar, codec), "copy a stream's parameters");
        ffmpeg.avcodec_free_context(&codec);
        stream->time_base = source.Stream->time_base;
        FFmpegError.Check(ffmpeg.avformat_write_header(container, null), "write a video");
    }
}
