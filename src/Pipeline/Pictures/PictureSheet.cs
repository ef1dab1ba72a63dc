using DoRA.Pipeline.Files;
using SkiaSharp;

namespace DoRA.Pipeline.Pictures;

/// <summary>Pictures of one size side by side, on a transparent ground.</summary>
internal static class PictureSheet
{
    /// <param name="rows">Pictures row by row; used up.</param>
    public static SKBitmap Of(IReadOnlyList<IReadOnlyList<SKBitmap>> rows, int gap = 4)
    {
        (int width, int height) = (rows[0][0].Width + gap, rows[0][0].Height + gap);
        SKBitmap sheet = new((width * rows.Max(row => row.Count)) - gap, (height * rows.Count) - gap);
        using SKCanvas canvas = new(sheet);
        canvas.Clear(SKColors.Transparent);
        for (int row = 0; row < rows.Count; row++)
        {
            for (int column = 0; column < rows[row].Count; column++)
            {
                canvas.DrawBitmap(rows[row][column], column * width, row * height);
                rows[row][column].Dispose();
            }
        }

        return sheet;
    }

    /// <summary>The encoded picture; the bitmap is used up.</summary>
    public static byte[] Encode(SKBitmap bitmap, SKEncodedImageFormat format, int quality = 100)
    {
        using (bitmap)
        {
            using SKData data = bitmap.Encode(format, quality);
            return data.ToArray();
        }
    }

    /// <summary>Writes a picture, which stays the caller's.</summary>
    public static void WritePng(string path, SKBitmap bitmap) => AtomicFile.Write(path, stream => bitmap.Encode(stream, SKEncodedImageFormat.Png, 100));
}
