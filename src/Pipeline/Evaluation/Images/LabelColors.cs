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

    /// <summary>[256, 3].</summary>
    public static byte[] Palette() =>
        [.. Enumerable.Range(0, byte.MaxValue + 1).SelectMany(label => new[] { Of(label).Red, Of(label).Green, Of(label).Blue })];
}
