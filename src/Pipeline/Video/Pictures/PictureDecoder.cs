using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>Decodes pictures that stand alone: JPEG, PNG. One thread at a time may use it. A decoder that hangs is left behind with an error.</summary>
internal sealed unsafe class PictureDecoder : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly NativeCalls _calls;
    private readonly DecoderBuffers _buffers;
    private AVCodecContext* _decoder;
    private AVPacket* _packet = ffmpeg.av_packet_alloc();
    private AVFrame* _frame = ffmpeg.av_frame_alloc();
    private byte[] _bytes = [];
    private int _size;

    /// <param name="pool">Where pictures are put that are shown as they are decoded.</param>
    /// <param name="shortSide">Shorter side in pixels to which larger pictures are scaled.</param>
    public PictureDecoder(AVCodecID id, FramePool pool, int shortSide = int.MaxValue)
    {
        _buffers = new DecoderBuffers(pool, shortSide);
        AVCodec* codec = ffmpeg.avcodec_find_decoder(id);
        _decoder = ffmpeg.avcodec_alloc_context3(codec);
        FFmpegError.Check(ffmpeg.av_opt_set(_decoder, "threads", "1", 0), "set a decoder's threads");
        _buffers.Serve(_decoder, codec);
        FFmpegError.Check(ffmpeg.avcodec_open2(_decoder, codec, null), "open a decoder of pictures");
        _calls = new NativeCalls(new Watchdog(Patience), Release);
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
    /// <param name="path">Where they come from.</param>
    /// <param name="seconds">The picture's time.</param>
    /// <exception cref="Kernels.UserException">FFmpeg hangs in it.</exception>
    public AVFrame* Decode(string path, double seconds)
    {
        bool isDecoded = false;
        _calls.Run(() => isDecoded = DecodeBytes(), () => VideoErrors.Hung(path, seconds));
        return isDecoded ? _frame : null;
    }

    public void Dispose() => _calls.Dispose();

    private bool DecodeBytes()
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
                return true;
            ffmpeg.avcodec_flush_buffers(_decoder);
            return false;
        }
    }

    private void Release()
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
        _buffers.Dispose();
    }
}
