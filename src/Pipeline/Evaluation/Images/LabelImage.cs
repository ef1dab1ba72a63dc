namespace DoRA.Pipeline.Evaluation.Images;

/// <summary>A label a pixel.</summary>
/// <param name="Labels">[height, width].</param>
public sealed record LabelImage(int Width, int Height, byte[] Labels)
{
    /// <summary>As Pillow's nearest neighbour.</summary>
    public LabelImage Resize(int width, int height) =>
        new(width, height, PillowResize.Resample(Labels, Width, Height, 1, width, height, PillowFilter.Nearest));

    /// <summary>The square part from (left, top).</summary>
    /// <param name="beyond">The label of what lies beyond the image.</param>
    public LabelImage Window(int left, int top, int side, byte beyond)
    {
        byte[] window = new byte[side * side];
        Array.Fill(window, beyond);
        int columns = Math.Min(side, Width - left);
        for (int y = 0; y < Math.Min(side, Height - top); y++)
        {
            Labels.AsSpan(((top + y) * Width) + left, columns).CopyTo(window.AsSpan(y * side));
        }

        return new(side, side, window);
    }

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
