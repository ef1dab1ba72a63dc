using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;
using DoRA.Pipeline.Pictures;
using SkiaSharp;

namespace DoRA.Pipeline.Evaluation.Discovery;

/// <summary>A picture with the box that was found, in orange, and the true ones, in blue.</summary>
public static class BoxPicture
{
    private static readonly SKColor Found = new(0xE6, 0x9F, 0x00), True = new(0x00, 0x72, 0xB2);

    public static void Write(string path, RgbImage picture, Box found, IReadOnlyList<Box> truth)
    {
        using SKBitmap bitmap = Overlay.Bitmap(picture);
        using SKCanvas canvas = new(bitmap);
        foreach (Box box in truth)
        {
            Stroke(canvas, box, True, 2);
        }

        Stroke(canvas, found, Found, 4);
        using FileStream stream = File.Create(path);
        bitmap.Encode(stream, SKEncodedImageFormat.Png, quality: 100);
    }

    private static void Stroke(SKCanvas canvas, Box box, SKColor color, float width)
    {
        using SKPaint paint = new() { Color = color, IsStroke = true, StrokeWidth = width };
        canvas.DrawRect((float)box.X, (float)box.Y, (float)box.Width, (float)box.Height, paint);
    }
}
