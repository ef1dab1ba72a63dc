using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Evaluation.Images;

/// <summary>A decoded frame as a picture: upright, in full size, its YUV turned into RGB as the video's colour matrix says.</summary>
public static class FramePicture
{
    /// <param name="device">Converts; the CPU engine.</param>
    public static RgbImage Of(CpuDevice device, VideoFrame frame)
    {
        PictureSize size = new(frame.Format.DisplayHeight, frame.Format.DisplayWidth);
        using DeviceBuffer bytes = device.Allocate(frame.Format.Bytes), planes = device.Allocate(3L * size.Pixels * sizeof(float));
        device.Upload<byte>(bytes.AsSpan(ElementType.Byte), frame.Bytes);
        FrameCut whole = new(0, frame.Format, CropBox.Whole(size));
        device.Kernels.Augment.CropFrames(planes.AsSpan(ElementType.Float32), bytes.AsSpan(ElementType.Byte), [whole], size);
        float[] values = new float[3 * size.Pixels];
        device.Download<float>(values, planes.AsSpan(ElementType.Float32));
        byte[] pixels = new byte[values.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)MathF.Round(255 * Math.Clamp(values[(i % 3 * size.Pixels) + (i / 3)], 0, 1));
        }

        return new(size.Width, size.Height, pixels);
    }
}
