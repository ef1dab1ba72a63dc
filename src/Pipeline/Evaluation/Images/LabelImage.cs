namespace DoRA.Pipeline.Evaluation.Images;

/// <summary>A label a pixel.</summary>
/// <param name="Labels">[height, width].</param>
public sealed record LabelImage(int Width, int Height, byte[] Labels)
{
    /// <summary>As Pillow's nearest neighbour.</summary>
    public LabelImage Resize(int width, int height) =>
        new(width, height, PillowResize.Resample(Labels, Width, Height, 1, width, height, PillowFilter.Nearest));

    /// <summary>Labels that occur, ascending.</summary>
    public byte[] Values()
    {
        bool[] seen = new bool[byte.MaxValue + 1];
        foreach (byte label in Labels)
        {
            seen[label] = true;
        }

        return [.. Enumerable.Range(0, seen.Length).Where(value => seen[value]).Select(value => (byte)value)];
    }

    /// <summary>1 where the label is <paramref name="label"/>, else 0.</summary>
    public BinaryMask Mask(int label) => new(Width, Height, [.. Labels.Select(value => value == label)]);
}

/// <summary>True or false a pixel.</summary>
/// <param name="Pixels">[height, width].</param>
public sealed record BinaryMask(int Width, int Height, bool[] Pixels);
