using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Where a decoder puts the planes of a picture in one piece of memory. Decoders write whole blocks of pixels and read a little past them: sizes are
/// rounded up as avcodec_align_dimensions2 says, rows and planes begin at multiples of 64 bytes, the widest vectors' size, and bytes are spared after
/// each plane.
/// </summary>
internal sealed unsafe class DecodedPlanes
{
    // FFmpeg itself spares at least 16 bytes. Planes that are no power of two apart also share fewer places of a cache.
    private const int Alignment = 64, Spare = 128;
    private readonly int _width, _height;
    private readonly long[] _offsets = new long[4];
    private readonly int _planes, _stride, _chromaStride;

    private DecodedPlanes(AVCodecContext* codec, AVFrame* frame)
    {
        (_width, _height, Format) = (frame->width, frame->height, frame->format);
        PixelLayout pixels = PixelLayout.Of((AVPixelFormat)Format);
        if (!pixels.IsPlanarYuv && !pixels.IsGray)
            return;

        (int width, int height) = (_width, _height);
        int_array8 ignored = default;
        ffmpeg.avcodec_align_dimensions2(codec, &width, &height, ref ignored);
        int sampleBytes = pixels.BitDepth > 8 ? 2 : 1;
        int align = Alignment << pixels.ChromaShiftX;

        // Chroma's rows are a whole fraction of luma's, as some decoders take for granted.
        _stride = checked((width * sampleBytes + align - 1) / align * align);
        _chromaStride = _stride >> pixels.ChromaShiftX;
        _planes = ffmpeg.av_pix_fmt_count_planes((AVPixelFormat)Format);
        ChromaRows = (height + (1 << pixels.ChromaShiftY) - 1) >> pixels.ChromaShiftY;
        if (pixels.IsGray)
            Neutral = (ushort)(1 << (pixels.BitDepth - 1));
        for (int plane = 0; plane < Math.Max(_planes, 3); plane++)
        {
            _offsets[plane] = Bytes;
            long bytes = IsChroma(plane) ? (long)_chromaStride * ChromaRows : (long)_stride * height;
            Bytes += (bytes + Spare + Alignment - 1) / Alignment * Alignment;
        }
    }

    /// <summary>FFmpeg's pixel format.</summary>
    public int Format { get; }

    /// <summary>Bytes of all planes; 0 where the decoder must take memory of its own, for its pictures are converted anyway.</summary>
    public long Bytes { get; }

    /// <summary>What chroma of a gray picture is, whose decoder knows of none; null for others.</summary>
    public ushort? Neutral { get; }

    private int ChromaRows { get; }

    /// <summary>Those of a decoder's next frame.</summary>
    /// <param name="known">Those of the frame before, which are almost always the same; null at first.</param>
    public static DecodedPlanes Of(AVCodecContext* codec, AVFrame* frame, DecodedPlanes? known) =>
        known is not null && (known._width, known._height, known.Format) == (frame->width, frame->height, frame->format) ? known : new(codec, frame);

    /// <summary>From the first byte to a plane.</summary>
    public long Offset(int plane) => _offsets[plane];

    /// <summary>From one row of a plane to the next.</summary>
    public int Stride(int plane) => IsChroma(plane) ? _chromaStride : _stride;

    /// <summary>Tells a decoder's frame of its planes in memory, and fills in what the decoder does not.</summary>
    public void Assign(AVFrame* frame, byte* memory)
    {
        for (int plane = 0; plane < _planes; plane++)
        {
            frame->data[(uint)plane] = memory + _offsets[plane];
            frame->linesize[(uint)plane] = Stride(plane);
        }
        for (int plane = 1; Neutral is { } neutral && plane < 3; plane++)
        {
            byte* first = memory + _offsets[plane];
            int bytes = _chromaStride * ChromaRows;
            if (neutral == 128)
                new Span<byte>(first, bytes).Fill((byte)neutral);
            else
                new Span<ushort>(first, bytes / sizeof(ushort)).Fill(neutral);
        }
    }

    private static bool IsChroma(int plane) => plane is 1 or 2;
}
