using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Takes the upper field of interlaced frames, every other row: the two fields of a frame were filmed one after the other, so that together they
/// comb whatever moves.
/// </summary>
internal sealed unsafe class FieldPicker : IDisposable
{
    private const uint PlanesAtMost = 4;
    private AVFrame* _field = ffmpeg.av_frame_alloc();

    /// <summary>A picture of half the rows within the frame's memory, valid until the next call and as long as the frame.</summary>
    public AVFrame* UpperOf(AVFrame* frame)
    {
        ffmpeg.av_frame_unref(_field);
        FFmpegError.Check(ffmpeg.av_frame_ref(_field, frame), "refer to a frame");
        _field->height = (frame->height + 1) / 2;
        for (uint plane = 0; plane < PlanesAtMost; plane++)
            _field->linesize[plane] = 2 * frame->linesize[plane];
        return _field;
    }

    public void Dispose()
    {
        AVFrame* frame = _field;
        ffmpeg.av_frame_free(&frame);
        _field = null;
    }
}
