using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>Changes size and pixel format with libswscale; range and matrix of YUV stay, RGB becomes full-range BT.709.</summary>
internal sealed unsafe class FrameScaler : IDisposable
{
    private readonly record struct Job(
        int SourceWidth, int SourceHeight, int SourceFormat, int Width, int Height, AVPixelFormat Format, bool FullRange);

    private SwsContext* context;
    private AVFrame* result = ffmpeg.av_frame_alloc();
    private Job current;

    /// <summary>The converted picture, which stays valid until the next call.</summary>
    public AVFrame* Convert(AVFrame* source, AVPixelFormat format, int width, int height, bool fullRange)
    {
        Job job = new(source->width, source->height, source->format, width, height, format, fullRange);
        if (context == null || job != current)
            Prepare(job);
        FFmpegError.Check(ffmpeg.sws_scale_frame(context, result, source), "convert a frame's pixel format");
        return result;
    }

    public void Dispose()
    {
        ffmpeg.sws_freeContext(context);
        context = null;
        AVFrame* frame = result;
        ffmpeg.av_frame_free(&frame);
        result = null;
    }

    private void Prepare(Job job)
    {
        ffmpeg.sws_freeContext(context);
        context = ffmpeg.sws_getContext(job.SourceWidth, job.SourceHeight, (AVPixelFormat)job.SourceFormat,
            job.Width, job.Height, job.Format, ffmpeg.SWS_AREA | ffmpeg.SWS_ACCURATE_RND, null, null, null);
        if (context == null)
        {
            string name = PixelLayout.Of((AVPixelFormat)job.SourceFormat).Name;
            throw new InvalidOperationException($"FFmpeg cannot convert the pixel format {name}");
        }
        // The same coefficients and range on both sides, so that YUV stays as it is. Formats that fix their range themselves
        // make the call fail without harm.
        int_array4* matrix = (int_array4*)ffmpeg.sws_getCoefficients(ffmpeg.SWS_CS_ITU709);
        int range = job.FullRange ? 1 : 0;
        _ = ffmpeg.sws_setColorspaceDetails(context, in *matrix, range, in *matrix, range, 0, 1 << 16, 1 << 16);
        ffmpeg.av_frame_unref(result);
        result->width = job.Width;
        result->height = job.Height;
        result->format = (int)job.Format;
        FFmpegError.Check(ffmpeg.av_frame_get_buffer(result, 0), "allocate a frame");
        current = job;
    }
}
