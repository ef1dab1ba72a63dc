using DoRA.Kernels;
using SkiaSharp;

namespace DoRA.Pipeline.Evaluation.Images;

/// <summary>A picture of 8-bit red, green and blue, interleaved, row by row.</summary>
public sealed class RgbImage
{
    public const int Channels = 3;

    /// <param name="pixels">[height, width, 3]; kept, not copied.</param>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, width * height * Channels);
        (Width, Height, Pixels) = (width, height, pixels);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>[height, width, 3].</summary>
    public byte[] Pixels { get; }

    /// <summary>Decodes a picture as stored: colour profiles and orientation marks are not applied, transparency is dropped.</summary>
    /// <exception cref="UserException">The file is missing, or no picture.</exception>
    public static RgbImage Load(string path)
    {
        using SKCodec codec = Open(path);
        SKImageInfo info = new(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using SKBitmap bitmap = new(info);
        SKCodecResult result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
        {
            throw new UserException($"{path} is damaged ({result}); replace it or take it out of the folder.");
        }

        ReadOnlySpan<byte> source = bitmap.GetPixelSpan();
        byte[] pixels = new byte[info.Width * info.Height * Channels];
        for (int i = 0; i < pixels.Length / Channels; i++)
        {
            source.Slice(4 * i, Channels).CopyTo(pixels.AsSpan(Channels * i));
        }

        return new(info.Width, info.Height, pixels);
    }

    /// <summary>Reads no more than the beginning of a picture.</summary>
    /// <exception cref="UserException">The file is missing, or no picture.</exception>
    public static void RequirePicture(string path) => Open(path).Dispose();

    /// <summary>The rectangle from (left, top), which must lie inside.</summary>
    public RgbImage Crop(int left, int top, int width, int height)
    {
        byte[] pixels = new byte[width * height * Channels];
        for (int y = 0; y < height; y++)
        {
            Pixels.AsSpan((((top + y) * Width) + left) * Channels, width * Channels).CopyTo(pixels.AsSpan(y * width * Channels));
        }

        return new(width, height, pixels);
    }

    /// <summary>As Pillow resizes.</summary>
    public RgbImage Resize(int width, int height, PillowFilter filter) =>
        new(width, height, PillowResize.Resample(Pixels, Width, Height, Channels, width, height, filter));

    /// <summary>As <c>cv2.resize</c> does by default.</summary>
    public RgbImage ResizeOpenCv(int width, int height) =>
        new(width, height, OpenCvResize.Bilinear(Pixels, Width, Height, Channels, width, height));

    /// <summary>Mirrored left to right.</summary>
    public RgbImage Flip()
    {
        byte[] pixels = new byte[Pixels.Length];
        for (int i = 0; i < Width * Height; i++)
        {
            int mirrored = (i / Width * Width) + Width - 1 - (i % Width);
            Pixels.AsSpan(i * Channels, Channels).CopyTo(pixels.AsSpan(mirrored * Channels));
        }

        return new(Width, Height, pixels);
    }

    private static SKCodec Open(string path) => !File.Exists(path)
        ? throw new UserException($"There is no picture {path}; check the folder's layout.")
        : SKCodec.Create(path) ?? throw new UserException($"{path} is no picture that can be decoded; expected a JPEG, PNG or WebP file.");
}
