namespace DoRA.Pipeline.Evaluation.Images;

/// <summary>PASCAL VOC's colours of labels: the bits of a label, three at a time, are the highest bits of red, green and blue.</summary>
public static class LabelColors
{
    public static (byte Red, byte Green, byte Blue) Of(int label)
    {
        (int red, int green, int blue) = (0, 0, 0);
        for (int bit = 7; label > 0; bit--, label >>= 3)
        {
            red |= (label & 1) << bit;
            green |= ((label >> 1) & 1) << bit;
            blue |= ((label >> 2) & 1) << bit;
        }

        return ((byte)red, (byte)green, (byte)blue);
    }

    /// <summary>The picture with every label but 0 half covered by its colour.</summary>
    public static RgbImage Over(RgbImage picture, LabelImage labels)
    {
        byte[] pixels = [.. picture.Pixels];
        for (int i = 0; i < labels.Labels.Length; i++)
        {
            if (labels.Labels[i] != 0)
            {
                (byte red, byte green, byte blue) = Of(labels.Labels[i]);
                Span<byte> pixel = pixels.AsSpan(RgbImage.Channels * i, RgbImage.Channels);
                (pixel[0], pixel[1], pixel[2]) = (Half(pixel[0], red), Half(pixel[1], green), Half(pixel[2], blue));
            }
        }

        return new(picture.Width, picture.Height, pixels);

        static byte Half(byte a, byte b) => (byte)((a + b) / 2);
    }

    /// <summary>[256, 3].</summary>
    public static byte[] Palette() =>
        [.. Enumerable.Range(0, byte.MaxValue + 1).SelectMany(label => new[] { Of(label).Red, Of(label).Green, Of(label).Blue })];
}
