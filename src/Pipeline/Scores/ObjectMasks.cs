using DoRA.Kernels.Augment;

namespace DoRA.Pipeline.Scores;

/// <summary>Between masks of pixels and labels of tokens, for one object and the background.</summary>
public static class ObjectMasks
{
    /// <summary>Labels [background, object] of the tokens: the mask's value in the middle of each patch.</summary>
    public static float[] ToLabels(bool[] mask, PictureSize size, int patch)
    {
        int rows = size.Height / patch, columns = size.Width / patch;
        float[] labels = new float[2 * rows * columns];
        for (int token = 0; token < rows * columns; token++)
        {
            bool inside = mask[(((token / columns * patch) + (patch / 2)) * size.Width) + (token % columns * patch) + (patch / 2)];
            labels[(inside ? rows * columns : 0) + token] = 1;
        }

        return labels;
    }

    /// <summary>Labels are enlarged bilinearly to pixels, each label's map is stretched to 0..1, and the object is where its map is the
    /// larger.</summary>
    public static bool[] FromLabels(float[] labels, PictureSize size, int patch)
    {
        int rows = size.Height / patch, columns = size.Width / patch;
        float[] background = Stretch(Enlarge(labels.AsSpan(0, rows * columns), rows, columns, patch));
        float[] inside = Stretch(Enlarge(labels.AsSpan(rows * columns), rows, columns, patch));
        return [.. inside.Zip(background, (a, b) => a > b)];
    }

    /// <summary>J: intersection over union; 1 when both masks are empty.</summary>
    public static double Overlap(bool[] a, bool[] b)
    {
        int both = 0, either = 0;
        for (int i = 0; i < a.Length; i++)
        {
            both += a[i] && b[i] ? 1 : 0;
            either += a[i] || b[i] ? 1 : 0;
        }

        return either == 0 ? 1 : both / (double)either;
    }

    private static float[] Enlarge(ReadOnlySpan<float> map, int rows, int columns, int scale)
    {
        int width = columns * scale;
        float[] pixels = new float[rows * scale * width];
        for (int y = 0; y < rows * scale; y++)
        {
            (int top, int bottom, float down) = Between(y, rows, scale);
            for (int x = 0; x < width; x++)
            {
                (int left, int right, float along) = Between(x, columns, scale);
                float upper = map[(top * columns) + left] + (along * (map[(top * columns) + right] - map[(top * columns) + left]));
                float lower = map[(bottom * columns) + left] + (along * (map[(bottom * columns) + right] - map[(bottom * columns) + left]));
                pixels[(y * width) + x] = upper + (down * (lower - upper));
            }
        }

        return pixels;
    }

    private static (int First, int Second, float Share) Between(int pixel, int tokens, int scale)
    {
        float position = Math.Clamp(((pixel + 0.5f) / scale) - 0.5f, 0, tokens - 1);
        return ((int)position, Math.Min((int)position + 1, tokens - 1), position - (int)position);
    }

    private static float[] Stretch(float[] map)
    {
        (float lowest, float highest) = (map.Min(), map.Max());
        return highest > lowest ? [.. map.Select(value => (value - lowest) / (highest - lowest))] : map;
    }
}
