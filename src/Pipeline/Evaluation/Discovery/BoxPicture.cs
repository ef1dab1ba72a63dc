using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;
using SkiaSharp;

namespace DoRA.Pipeline.Evaluation.Discovery;

/// <summary>A picture with the box that was found, in orange, and the true ones, in blue.</summary>
public static class BoxPicture
{
    private static readonly SKColor Found = new(0xE6, 0x9F, 0x00), True = new(0x00, 0x72, 0xB2);

    public static void Write(string path, RgbImage picture, Box found, IReadOnlyList<Box> truth)
    {
        using SKBitmap bitmap = ToBitmap(picture);
        using SKCanvas canvas = new(bitmap);
        foreach (Box box in truth)
        {
            Stroke(canvas, box, True, 2);
        }

        Stroke(canvas, found, Found, 4);
        using FileStream stream = File.Create(path);
        bitmap.Encode(stream, SKEncodedImageFormat.Png, quality: 100);
    }

    private static SKBitmap ToBitmap(RgbImage picture)
    {
        SKBitmap bitmap = new(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Span<byte> pixels = bitmap.GetPixelSpan();
        for (int i = 0; i < picture.Width * picture.Height; i++)
        {
            picture.Pixels.AsSpan(RgbImage.Channels * i, RgbImage.Channels).CopyTo(pixels[(4 * i)..]);
            pixels[(4 * i) + 3] = byte.MaxValue;
        }

        return bitmap;
    }

    private static void Stroke(SKCanvas canvas, Box box, SKColor color, float width)
    {
        using SKPaint paint = new() { Color = color, IsStroke = true, StrokeWidth = width };
        canvas.DrawRect((float)box.X, (float)box.Y, (float)box.Width, (float)box.Height, paint);
    }
}
