using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Dataset;

/// <summary>Films whose statistics are known; as large as frames are measured at, so that no pixel is scaled.</summary>
internal static class TestFilm
{
    public const int Width = 256, Height = 144, FramesPerSecond = 25;
    private const int Cell = 8;

    public static string Make(string path, int frames, Func<int, RgbImage> picture)
    {
        using FilmWriter film = new(path, Width, Height, FramesPerSecond);
        for (int i = 0; i < frames; i++)
        {
            film.Add(picture(i));
        }

        film.Finish();
        return path;
    }

    public static RgbImage Plain(byte level) => new(Width, Height, [.. Enumerable.Repeat(level, 3 * Width * Height)]);

    /// <summary>Random cells of dark to bright, of which the frame shows the part that begins <paramref name="offset"/> pixels to the right.</summary>
    public static RgbImage Cells(int seed, int offset)
    {
        byte[] levels = new byte[(Height / Cell) * 1024];
        new Random(seed).NextBytes(levels);
        byte[] pixels = new byte[3 * Width * Height];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int x, int y) = ((i / 3 % Width) + offset, i / 3 / Width);
            pixels[i] = levels[(y / Cell * 1024) + (x / Cell)];
        }

        return new(Width, Height, pixels);
    }
}
