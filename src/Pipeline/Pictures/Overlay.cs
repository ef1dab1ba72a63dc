using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using SkiaSharp;

namespace DoRA.Pipeline.Pictures;

/// <summary>What a network sees, drawn over the picture that it sees it in.</summary>
internal static class Overlay
{
    /// <summary>The picture itself.</summary>
    public static SKBitmap Bitmap(RgbImage picture)
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

    /// <summary>What was drawn, without its transparency, which shows as black.</summary>
    public static RgbImage Picture(SKBitmap bitmap)
    {
        byte[] bytes = new byte[bitmap.Width * bitmap.Height * RgbImage.Channels];
        SKColor[] pixels = bitmap.Pixels;
        for (int i = 0; i < pixels.Length; i++)
        {
            (bytes[3 * i], bytes[(3 * i) + 1], bytes[(3 * i) + 2]) = (pixels[i].Red, pixels[i].Green, pixels[i].Blue);
        }

        return new(bitmap.Width, bitmap.Height, bytes);
    }

    /// <summary>Every object's patches in its colour, with an outline.</summary>
    public static SKBitmap Tracks(RgbImage picture, TrackedClip clip, int frame) =>
        Tracks(picture, clip, frame, Enumerable.Range(0, clip.Objects));

    /// <summary>Some objects' patches in their colours, with an outline.</summary>
    public static SKBitmap Tracks(RgbImage picture, TrackedClip clip, int frame, IEnumerable<int> objects)
    {
        SKBitmap bitmap = Bitmap(picture);
        using SKCanvas canvas = new(bitmap);
        foreach (int item in objects)
        {
            DrawMask(canvas, picture, clip.Mask(frame, item), clip.Columns, ObjectColors.Of(item));
        }

        return bitmap;
    }

    /// <summary>Values of the patches as a heat map over the picture, brighter where larger.</summary>
    /// <param name="values">[n], row by row; shown from the least to the largest.</param>
    public static SKBitmap Heat(RgbImage picture, ReadOnlySpan<float> values, int columns)
    {
        (float least, float most) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (float value in values)
        {
            (least, most) = (Math.Min(least, value), Math.Max(most, value));
        }

        byte[] colors = new byte[values.Length * RgbImage.Channels];
        for (int i = 0; i < values.Length; i++)
        {
            HeatColors.At(most > least ? (values[i] - least) / (most - least) : 0).CopyTo(colors.AsSpan(RgbImage.Channels * i));
        }

        return Patches(picture, colors, columns, opacity: 0.65f);
    }

    /// <summary>A colour for each patch over the picture, blending from patch to patch.</summary>
    /// <param name="colors">[n, 3].</param>
    public static SKBitmap Patches(RgbImage picture, byte[] colors, int columns, float opacity)
    {
        SKBitmap bitmap = Bitmap(picture);
        using SKCanvas canvas = new(bitmap);
        using SKBitmap grid = Bitmap(new(columns, colors.Length / RgbImage.Channels / columns, colors));
        using SKImage image = SKImage.FromBitmap(grid);
        using SKPaint paint = new() { Color = SKColors.White.WithAlpha((byte)(255 * opacity)) };
        canvas.DrawImage(image, new SKRect(0, 0, picture.Width, picture.Height), new SKSamplingOptions(SKCubicResampler.Mitchell), paint);
        return bitmap;
    }

    private static void DrawMask(SKCanvas canvas, RgbImage picture, ReadOnlySpan<float> mask, int columns, SKColor color)
    {
        int rows = mask.Length / columns;
        float width = (float)picture.Width / columns, height = (float)picture.Height / rows;
        using SKPaint fill = new(), line = new() { Color = color, IsStroke = true, StrokeWidth = Math.Max(1.5f, picture.Width / 120f) };
        for (int patch = 0; patch < mask.Length; patch++)
        {
            if (mask[patch] <= 0)
            {
                continue;
            }

            (int row, int column) = (patch / columns, patch % columns);
            SKRect cell = new(column * width, row * height, (column + 1) * width, (row + 1) * height);
            fill.Color = color.WithAlpha((byte)(115 * Math.Min(1, mask[patch])));
            canvas.DrawRect(cell, fill);
            DrawEdge(canvas, line, column == 0 || mask[patch - 1] <= 0, cell.Left, cell.Top, cell.Left, cell.Bottom);
            DrawEdge(canvas, line, column == columns - 1 || mask[patch + 1] <= 0, cell.Right, cell.Top, cell.Right, cell.Bottom);
            DrawEdge(canvas, line, row == 0 || mask[patch - columns] <= 0, cell.Left, cell.Top, cell.Right, cell.Top);
            DrawEdge(canvas, line, row == rows - 1 || mask[patch + columns] <= 0, cell.Left, cell.Bottom, cell.Right, cell.Bottom);
        }
    }

    private static void DrawEdge(SKCanvas canvas, SKPaint line, bool isEdge, float x0, float y0, float x1, float y1)
    {
        if (isEdge)
        {
            canvas.DrawLine(x0, y0, x1, y1, line);
        }
    }
}
