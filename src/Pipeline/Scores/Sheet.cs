using DoRA.Kernels;
using DoRA.Kernels.Augment;
using SkiaSharp;

namespace DoRA.Pipeline.Scores;

/// <summary>Pictures of one size in one file, row by row.</summary>
internal static class Sheet
{
    /// <summary>Tiles as RGB, each [3, height, width] in 0..1.</summary>
    /// <param name="path">A JPEG or PNG file.</param>
    /// <param name="tile">Size of a tile; divides the sheet.</param>
    /// <exception cref="UserException">The file is missing, no picture, or of another size.</exception>
    public static float[][] Read(string path, PictureSize tile)
    {
        using SKBitmap? decoded = File.Exists(path) ? SKBitmap.Decode(path) : null;
        if (decoded is null || decoded.Width % tile.Width != 0 || decoded.Height % tile.Height != 0)
        {
            throw new UserException($"{path} is missing or is no picture of tiles of {tile.Width}x{tile.Height} pixels; "
                + "restore the folder samples/scores from the repository.");
        }

        int columns = decoded.Width / tile.Width, count = columns * (decoded.Height / tile.Height);
        float[][] tiles = [.. Enumerable.Range(0, count).Select(_ => new float[3 * tile.Pixels])];
        SKColor[] pixels = decoded.Pixels;
        for (int i = 0; i < pixels.Length; i++)
        {
            (int y, int x) = (i / decoded.Width, i % decoded.Width);
            float[] target = tiles[(y / tile.Height * columns) + (x / tile.Width)];
            int at = (y % tile.Height * tile.Width) + (x % tile.Width);
            target[at] = pixels[i].Red / 255f;
            target[at + tile.Pixels] = pixels[i].Green / 255f;
            target[at + (2 * tile.Pixels)] = pixels[i].Blue / 255f;
        }

        return tiles;
    }
}
