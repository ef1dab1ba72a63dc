using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Pictures;

/// <summary>Decoded frames as pictures.</summary>
internal static class FramePictures
{
    /// <summary>A frame's middle square, [3, side, side] in 0..1.</summary>
    public static float[] MiddleSquare(CpuDevice device, ReadOnlySpan<byte> bytes, FrameFormat format, int side)
    {
        int shown = Math.Min(format.DisplayHeight, format.DisplayWidth);
        CropBox box = new((format.DisplayHeight - shown) / 2, (format.DisplayWidth - shown) / 2, shown, shown);
        return Cut(device, format, bytes, box, new(side, side));
    }

    /// <summary>The middle squares of frames at some times.</summary>
    /// <param name="video">A video file or a folder of pictures.</param>
    public static RgbImage[] MiddleSquares(string video, VideoReaderOptions options, IEnumerable<double> seconds, int side)
    {
        using CpuDevice device = new(1);
        using IFrameSequence reader = FrameSources.Open(video, options);
        return [.. seconds.Select(time =>
        {
            using VideoFrame frame = reader.Read(time);
            return ToImage(MiddleSquare(device, frame.Bytes, frame.Format, side), new(side, side));
        })];
    }

    /// <summary>A whole frame: upright, in full size, its YUV turned into RGB as the video's colour matrix says.</summary>
    public static RgbImage Whole(CpuDevice device, VideoFrame frame)
    {
        PictureSize size = new(frame.Format.DisplayHeight, frame.Format.DisplayWidth);
        return ToImage(Cut(device, frame.Format, frame.Bytes, CropBox.Whole(size), size), size);
    }

    private static float[] Cut(CpuDevice device, FrameFormat format, ReadOnlySpan<byte> bytes, CropBox box, PictureSize size)
    {
        using DeviceBuffer source = device.Allocate(format.Bytes), crop = device.Allocate(3L * size.Pixels * sizeof(float));
        device.Upload(source.AsSpan(ElementType.Byte), bytes);
        device.Kernels.Augment.CropFrames(
            crop.AsSpan(ElementType.Float32), source.AsSpan(ElementType.Byte), [new FrameCut(0, format, box)], size);
        float[] picture = new float[3 * size.Pixels];
        device.Download<float>(picture, crop.AsSpan(ElementType.Float32));
        return picture;
    }

    /// <summary>From planes in 0..1 to interleaved bytes.</summary>
    public static RgbImage ToImage(float[] planes, PictureSize size)
    {
        byte[] bytes = new byte[planes.Length];
        for (int i = 0; i < planes.Length; i++)
        {
            bytes[(3 * (i % size.Pixels)) + (i / size.Pixels)] = (byte)MathF.Round(255 * Math.Clamp(planes[i], 0, 1));
        }

        return new(size.Width, size.Height, bytes);
    }
}
