using DoRA.Kernels.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

/// <summary>What a frame shows, however it lies in memory.</summary>
internal static class FrameExtensions
{
    /// <summary>Planes Y, U, V one after another, without what lies between rows.</summary>
    public static byte[] Packed(this VideoFrame frame) => Packed(frame.Bytes, frame.Format);

    /// <summary>The same of a frame that is told as bytes and format.</summary>
    public static byte[] Packed(ReadOnlySpan<byte> bytes, FrameFormat format)
    {
        List<byte> packed = [];
        for (int index = 0; index < 3; index++)
        {
            FramePlane plane = format.Plane(index);
            for (int row = 0; row < plane.Rows; row++)
                packed.AddRange(bytes.Slice((int)plane.Offset + (row * plane.Stride), plane.RowBytes));
        }
        return [.. packed];
    }

    /// <summary>The format without where planes lie.</summary>
    public static FrameFormat Packed(this FrameFormat format) => format with { Layout = default };

    /// <summary>Whether a frame lies as its decoder wrote it: copies are packed.</summary>
    public static bool IsInPlace(this VideoFrame frame) => frame.Format != frame.Format.Packed();
}
