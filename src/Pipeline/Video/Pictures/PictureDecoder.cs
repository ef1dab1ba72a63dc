using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>Decodes pictures that stand alone: JPEG, PNG. One thread at a time may use it.</summary>
internal sealed unsafe class PictureDecoder : IDisposable
{
    private AVCodecContext* _decoder;
    private AVPacket* _packet = ffmpeg.av_packet_alloc();
    private AVFrame* _frame = ffmpeg.av_frame_alloc();
    private byte[] _bytes = [];
    private int _size;

    public PictureDecoder(AVCodecID id)
    {
        AVCodec* codec = ffmpeg.avcodec_find_decoder(id);
        _decoder = ffmpeg.avcodec_alloc_context3(codec);
        FFmpegError.Check(ffmpeg.av_opt_set(_decoder, "threads", "1", 0), "set a decoder's threads");
        FFmpegError.Check(ffmpeg.avcodec_open2(_decoder, codec, null), "open a decoder of pictures");
    }

    /// <summary>Room for the next picture's bytes, to be filled before <see cref="Decode"/>.</summary>
    public Span<byte> Prepare(int size)
    {
        if (_bytes.Length < size + ffmpeg.AV_INPUT_BUFFER_PADDING_SIZE)
            _bytes = GC.AllocateUninitializedArray<byte>(size + (size / 2) + ffmpeg.AV_INPUT_BUFFER_PADDING_SIZE, pinned: true);
        _size = size;
        _bytes.AsSpan(size, ffmpeg.AV_INPUT_BUFFER_PADDING_SIZE).Clear();
        return _bytes.AsSpan(0, size);
    }

    /// <summary>The picture, valid until the next call; null when the bytes are none.</summary>
    public AVFrame* Decode()
    {
        fixed (byte* bytes = _bytes)
        {
            _packet->data = bytes;
            _packet->size = _size;

            // Without it the PNG decoder adds the picture before, as in an animation.
            _packet->flags = ffmpeg.AV_PKT_FLAG_KEY;
            int code = ffmpeg.avcodec_send_packet(_decoder, _packet);
            if (code >= 0)
                code = ffmpeg.avcodec_receive_frame(_decoder, _frame);
            if (code >= 0)
                return _frame;
            ffmpeg.avcodec_flush_buffers(_decoder);
            return null;
        }
    }

    public void Dispose()
    {
        AVPacket* packet = _packet;
        ffmpeg.av_packet_free(&packet);
        _packet = null;
        AVFrame* frame = _frame;
        ffmpeg.av_frame_free(&frame);
        _frame = null;
        AVCodecContext* decoder = _decoder;
        ffmpeg.avcodec_free_context(&decoder);
        _decoder = null;
    }
}
