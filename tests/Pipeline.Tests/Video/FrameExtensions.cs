using DoRA.Kernels.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

/// <summary>What a frame shows, however it lies in memory.</summary>
internal static class FrameExtensions
{
    /// <summary>Planes Y, U, V one after another, without what lies between rows.</summary>
    public static byte[] Packed(this VideoFrame frame)
    {
        List<byte> packed = [];
        for (int plane = 0; plane < 3; plane++)
        {
            for (int row = 0; row < frame.Format.Plane(plane).Rows; row++)
                packed.AddRange(frame.Row(plane, row));
        }
        return [.. packed];
    }

    /// <summary>The format without where planes lie.</summary>
    public static FrameFormat Packed(this FrameFormat format) => format with { Layout = default };

    /// <summary>Whether a frame lies as its decoder wrote it: copies are packed.</summary>
    public static bool IsInPlace(this VideoFrame frame) => frame.Format != frame.Format.Packed();
}
