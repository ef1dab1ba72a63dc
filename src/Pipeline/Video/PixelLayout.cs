using System.Runtime.InteropServices;
using DoRA.Kernels.Augment;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>What a pixel format of FFmpeg means for <see cref="FrameFormat"/>.</summary>
/// <param name="Name">FFmpeg's name.</param>
/// <param name="ChromaShiftX">As in <see cref="FrameFormat"/>.</param>
/// <param name="ChromaShiftY">As in <see cref="FrameFormat"/>.</param>
/// <param name="BitDepth">8, 10 or 12.</param>
/// <param name="IsPlanarYuv">Planes Y, U, V can be copied as they are.</param>
/// <param name="IsGray">One plane that can be copied; chroma is then neutral.</param>
/// <param name="IsRgb">Not YUV at all.</param>
internal sealed unsafe record PixelLayout(
    string Name, int ChromaShiftX, int ChromaShiftY, int BitDepth, bool IsPlanarYuv, bool IsGray, bool IsRgb)
{
    private static readonly string[] FullRangeNames = ["yuvj", "gray", "mono", "ya"];

    /// <summary>The format to which libswscale converts when the planes cannot be copied: the nearest planar YUV.</summary>
    public AVPixelFormat ConversionTarget
    {
        get
        {
            string chroma = (ChromaShiftX, ChromaShiftY) switch { (0, 0) => "444", (1, 0) => "422", _ => "420" };
            return ffmpeg.av_get_pix_fmt($"yuv{chroma}p{(BitDepth == 8 ? "" : $"{BitDepth}le")}");
        }
    }

    /// <summary>Whether the samples' range is full where the file does not say.</summary>
    public bool IsFullRangeByName => FullRangeNames.Any(start => Name.StartsWith(start, StringComparison.Ordinal));

    public static PixelLayout Of(AVPixelFormat format)
    {
        AVPixFmtDescriptor* descriptor = ffmpeg.av_pix_fmt_desc_get(format);
        if (descriptor == null)
            throw new InvalidOperationException($"FFmpeg does not describe its pixel format {(int)format}");
        string name = Marshal.PtrToStringUTF8((nint)descriptor->name) ?? "";
        int depth = descriptor->comp[0].depth;
        int colors = descriptor->nb_components - (descriptor->nb_components % 2 == 0 ? 1 : 0);
        bool rgb = Has(descriptor, ffmpeg.AV_PIX_FMT_FLAG_RGB) || Has(descriptor, ffmpeg.AV_PIX_FMT_FLAG_PAL);
        bool gray = !rgb && colors == 1;
        int bitDepth = depth <= 8 ? 8 : depth <= 10 ? 10 : 12;
        bool copies = !rgb && depth == bitDepth && IsPlain(descriptor, colors);
        (int x, int y) = rgb ? (0, 0) : gray ? (1, 1) : (descriptor->log2_chroma_w, descriptor->log2_chroma_h) switch
        {
            (0, _) => (0, 0),
            (_, 0) => (1, 0),
            _ => (1, 1),
        };
        bool sameChroma = gray || (x == descriptor->log2_chroma_w && y == descriptor->log2_chroma_h);
        return new PixelLayout(name, x, y, bitDepth, copies && colors == 3 && sameChroma, copies && gray, rgb);
    }

    /// <summary>One plane a component, samples in whole bytes, little endian.</summary>
    private static bool IsPlain(AVPixFmtDescriptor* descriptor, int colors)
    {
        if (Has(descriptor, ffmpeg.AV_PIX_FMT_FLAG_BE) || Has(descriptor, ffmpeg.AV_PIX_FMT_FLAG_BITSTREAM)
            || Has(descriptor, ffmpeg.AV_PIX_FMT_FLAG_FLOAT))
            return false;
        for (uint index = 0; index < colors; index++)
        {
            AVComponentDescriptor component = descriptor->comp[index];
            int bytes = component.depth > 8 ? 2 : 1;
            if (component.plane != index || component.offset != 0 || component.shift != 0 || component.step != bytes)
                return false;
        }
        return true;
    }

    private static bool Has(AVPixFmtDescriptor* descriptor, int flag) => (descriptor->flags & (ulong)flag) != 0;
}
