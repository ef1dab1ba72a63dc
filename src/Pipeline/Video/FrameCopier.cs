using System.Runtime.InteropServices;
using DoRA.Kernels.Augment;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Brings a decoder's frame into a <see cref="VideoFrame"/>: planar YUV as it lies where the decoder put it into the frame's pool, else in one copy;
/// anything else through libswscale. Of interlaced frames it takes one field, brought back to the frame's height; high dynamic range becomes standard
/// (<see cref="ToneMapper"/>).
/// </summary>
internal sealed unsafe class FrameCopier(int rotation) : IDisposable
{
    private readonly FrameScaler scaler = new();
    private readonly FieldPicker fields = new();
    private ToneMapper? toneMapper;
    private AVPixelFormat layoutFormat = AVPixelFormat.AV_PIX_FMT_NONE;
    private PixelLayout? layout;

    /// <summary>How a frame will lie in a <see cref="VideoFrame"/>.</summary>
    public FrameFormat FormatOf(AVFrame* source)
    {
        if (ToneMapper.IsNeededFor(source->color_trc))
            return ToneMapper.FormatOf(source->width, source->height, rotation);
        PixelLayout pixels = LayoutOf(source);
        bool fullRange = IsFullRange(source, pixels);
        ColorMatrix matrix = pixels.IsRgb ? ColorMatrix.Bt709 : source->colorspace switch
        {
            AVColorSpace.AVCOL_SPC_BT709 or AVColorSpace.AVCOL_SPC_SMPTE240M => ColorMatrix.Bt709,
            AVColorSpace.AVCOL_SPC_BT470BG or AVColorSpace.AVCOL_SPC_SMPTE170M or AVColorSpace.AVCOL_SPC_FCC => ColorMatrix.Bt601,
            AVColorSpace.AVCOL_SPC_BT2020_NCL or AVColorSpace.AVCOL_SPC_BT2020_CL => ColorMatrix.Bt2020,
            // Unspecified: what players assume, standard definition up to 576 lines.
            _ => Math.Min(source->width, source->height) > 576 ? ColorMatrix.Bt709 : ColorMatrix.Bt601,
        };
        return new FrameFormat(
            source->width, source->height, pixels.ChromaShiftX, pixels.ChromaShiftY, pixels.BitDepth, fullRange, matrix, rotation);
    }

    /// <summary>FFmpeg's name of a frame's pixel format.</summary>
    public string PixelFormatOf(AVFrame* source) => LayoutOf(source).Name;

    /// <summary>Shows or copies a frame as it is.</summary>
    public void Copy(AVFrame* source, double seconds, VideoFrame destination)
    {
        if (ToneMapper.IsNeededFor(source->color_trc))
        {
            CopyToneMapped(source, seconds, source->width, source->height, destination);
            return;
        }
        PixelLayout pixels = LayoutOf(source);
        FrameFormat format = FormatOf(source);
        bool isInterlaced = source->interlaced_frame != 0, isConverted = isInterlaced || (!pixels.IsPlanarYuv && !pixels.IsGray);
        if (!isConverted && destination.TryShow(source, format, seconds))
            return;
        if (isConverted)
            source = scaler.Convert(OneField(source), pixels.ConversionTarget, source->width, source->height, format.FullRange);
        CopyPlanes(source, format, pixels.IsGray && !isConverted, destination.Prepare(format, seconds));
    }

    /// <summary>Shows or copies a frame of planar 8-bit 4:2:0 whose colours mean what the caller says.</summary>
    public void Copy(AVFrame* source, double seconds, FrameFormat format, VideoFrame destination)
    {
        if (!destination.TryShow(source, format, seconds))
            CopyPlanes(source, format, isGray: false, destination.Prepare(format, seconds));
    }

    /// <summary>Shows or copies a frame as it is, or scaled down to a shorter side as 8-bit 4:2:0.</summary>
    public void CopyShrunk(AVFrame* source, double seconds, int shortSide, VideoFrame destination)
    {
        (int width, int height) = FrameSize.Shrink(source->width, source->height, shortSide);
        if (Math.Min(source->width, source->height) <= shortSide)
            Copy(source, seconds, destination);
        else
            CopyScaled(source, seconds, width, height, destination);
    }

    /// <summary>Copies a frame at another size, as 8-bit 4:2:0, its planes packed.</summary>
    public void CopyScaled(AVFrame* source, double seconds, int width, int height, VideoFrame destination)
    {
        if (ToneMapper.IsNeededFor(source->color_trc))
        {
            CopyToneMapped(source, seconds, width, height, destination);
            return;
        }
        FrameFormat format = FormatOf(source) with { Width = width, Height = height, ChromaShiftX = 1, ChromaShiftY = 1, BitDepth = 8 };
        source = scaler.Convert(OneField(source), ffmpeg.av_get_pix_fmt("yuv420p"), width, height, format.FullRange);
        CopyPlanes(source, format, isGray: false, destination.Prepare(format, seconds));
    }

    public void Dispose()
    {
        scaler.Dispose();
        fields.Dispose();
    }

    private static bool IsFullRange(AVFrame* source, PixelLayout pixels) => pixels.IsRgb || source->color_range switch
    {
        AVColorRange.AVCOL_RANGE_JPEG => true,
        AVColorRange.AVCOL_RANGE_MPEG => false,
        _ => pixels.IsFullRangeByName,
    };

    private AVFrame* OneField(AVFrame* source) => source->interlaced_frame != 0 ? fields.UpperOf(source) : source;

    private void CopyToneMapped(AVFrame* source, double seconds, int width, int height, VideoFrame destination)
    {
        toneMapper ??= new ToneMapper(source->color_trc);
        bool fullRange = IsFullRange(source, LayoutOf(source));
        AVFrame* scaled = scaler.Convert(OneField(source), ffmpeg.av_get_pix_fmt("yuv444p10le"), width, height, fullRange);
        toneMapper.Map(scaled, fullRange, destination.Prepare(ToneMapper.FormatOf(width, height, rotation), seconds));
    }

    private PixelLayout LayoutOf(AVFrame* source)
    {
        AVPixelFormat format = (AVPixelFormat)source->format;
        if (layout is null || format != layoutFormat)
        {
            layout = PixelLayout.Of(format);
            layoutFormat = format;
        }
        return layout;
    }

    private static void CopyPlanes(AVFrame* source, FrameFormat format, bool isGray, byte* destination)
    {
        destination = CopyPlane(source->data[0], source->linesize[0], format.Width * format.BytesPerSample, format.Height, destination);
        int chromaBytes = format.ChromaWidth * format.BytesPerSample;
        if (isGray)
        {
            int samples = 2 * format.ChromaWidth * format.ChromaHeight;
            if (format.BytesPerSample == 1)
                new Span<byte>(destination, samples).Fill(128);
            else
                new Span<ushort>(destination, samples).Fill((ushort)(1 << (format.BitDepth - 1)));
            return;
        }
        destination = CopyPlane(source->data[1], source->linesize[1], chromaBytes, format.ChromaHeight, destination);
        CopyPlane(source->data[2], source->linesize[2], chromaBytes, format.ChromaHeight, destination);
    }

    /// <summary>Copies rows of <paramref name="rowBytes"/>; a negative <paramref name="stride"/> is a picture stored upside down.</summary>
    private static byte* CopyPlane(byte* source, int stride, int rowBytes, int rows, byte* destination)
    {
        if (stride == rowBytes)
        {
            NativeMemory.Copy(source, destination, (nuint)rowBytes * (nuint)rows);
            return destination + (long)rowBytes * rows;
        }
        for (int row = 0; row < rows; row++, destination += rowBytes)
            NativeMemory.Copy(source + (long)row * stride, destination, (nuint)rowBytes);
        return destination;
    }
}
