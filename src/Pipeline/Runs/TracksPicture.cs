using SkiaSharp;

namespace DoRA.Pipeline.Runs;

/// <summary>
/// Tracked objects drawn over the frames they were found in. A column a frame; the frames themselves in the first row, then a row an
/// object: patches of its mask in the object's colour, the rest darkened.
/// </summary>
public static class TracksPicture
{
    private const int Gap = 4;
    private static readonly SKColor[] Colors =
        [new(0xE6, 0x9F, 0x00), new(0x56, 0xB4, 0xE9), new(0x00, 0x9E, 0x73), new(0xF0, 0xE4, 0x42), new(0xD5, 0x5E, 0x00), new(0xCC, 0x79, 0xA7)];

    /// <param name="path">The PNG to write.</param>
    /// <param name="frames">T pictures, each size × size × 3 bytes, red first, row by row.</param>
    /// <param name="masks">k × T masks of patchesASide² patches, row by row.</param>
    public static void Write(string path, IReadOnlyList<byte[]> frames, IReadOnlyList<bool[][]> masks, int size, int patchesASide)
    {
        int cell = size + Gap;
        using SKBitmap sheet = new((cell * frames.Count) + Gap, (cell * (masks.Count + 1)) + Gap);
        using SKCanvas canvas = new(sheet);
        canvas.Clear(SKColors.White);
        for (int t = 0; t < frames.Count; t++)
        {
            Draw(frames[t], color: SKColors.Transparent, mask: null, t, row: 0);
            for (int k = 0; k < masks.Count; k++)
            {
                Draw(frames[t], Colors[k % Colors.Length], masks[k][t], t, row: k + 1);
            }
        }

        using FileStream stream = File.Create(path);
        sheet.Encode(stream, SKEncodedImageFormat.Png, quality: 100);

        void Draw(byte[] frame, SKColor color, bool[]? mask, int column, int row)
        {
            using SKBitmap picture = new(size, size);
            for (int y = 0; y < size; y++)
            {
                for (int x = 0; x < size; x++)
                {
                    int i = 3 * ((y * size) + x);
                    SKColor pixel = new(frame[i], frame[i + 1], frame[i + 2]);
                    bool inside = mask is not null && mask[(y * patchesASide / size * patchesASide) + (x * patchesASide / size)];
                    picture.SetPixel(x, y, mask is null ? pixel : Mix(pixel, inside ? color : SKColors.Black, inside ? 0.45 : 0.65));
                }
            }

            canvas.DrawBitmap(picture, Gap + (column * cell), Gap + (row * cell));
        }
    }

    private static SKColor Mix(SKColor pixel, SKColor color, double share) => new(
        (byte)(pixel.Red + (share * (color.Red - pixel.Red))),
        (byte)(pixel.Green + (share * (color.Green - pixel.Green))),
        (byte)(pixel.Blue + (share * (color.Blue - pixel.Blue))));
}
