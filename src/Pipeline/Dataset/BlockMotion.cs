namespace DoRA.Pipeline.Dataset;

/// <summary>
/// How fast the picture moves: each block of 16×16 of the first frame is looked for in the second, at every place up to 32 pixels away, by the
/// sum of absolute luma differences; the median of the blocks' distances counts. Blocks that span fewer than 16 levels have nothing to follow.
/// </summary>
internal static class BlockMotion
{
    public const int Reach = 32;
    private const int Side = 16, LeastRange = 16;

    // The nearest places first, so that of equal ones the shortest way wins.
    private static readonly (int X, int Y)[] Ways =
    [
        .. from y in Enumerable.Range(-Reach, (2 * Reach) + 1)
           from x in Enumerable.Range(-Reach, (2 * Reach) + 1)
           orderby (x * x) + (y * y), y, x
           select (x, y),
    ];

    /// <summary>Median distance in pixels; null where no block can be followed.</summary>
    /// <param name="first">Luma [height, width].</param>
    /// <param name="second">The later frame's.</param>
    public static double? Distance(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int width, int height)
    {
        List<double> distances = [];
        for (int top = 0; top + Side <= height; top += Side)
        {
            for (int left = 0; left + Side <= width; left += Side)
            {
                if (HasTexture(first, width, left, top))
                {
                    (int x, int y) = Find(first, second, width, height, left, top);
                    distances.Add(Math.Sqrt((x * x) + (y * y)));
                }
            }
        }

        distances.Sort();
        return distances.Count == 0 ? null : distances[distances.Count / 2];
    }

    private static bool HasTexture(ReadOnlySpan<byte> picture, int width, int left, int top)
    {
        (byte least, byte most) = (255, 0);
        for (int row = 0; row < Side; row++)
        {
            foreach (byte value in picture.Slice(((top + row) * width) + left, Side))
            {
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
            }
        }

        return most - least >= LeastRange;
    }

    private static (int X, int Y) Find(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int width, int height, int left, int top)
    {
        (int X, int Y) best = default;
        long least = long.MaxValue;
        foreach ((int x, int y) in Ways)
        {
            if (left + x < 0 || top + y < 0 || left + x + Side > width || top + y + Side > height)
            {
                continue;
            }

            long sum = 0;
            for (int row = 0; row < Side && sum < least; row++)
            {
                sum += AbsoluteDifferences.Sum(
                    first.Slice(((top + row) * width) + left, Side), second.Slice(((top + y + row) * width) + left + x, Side));
            }

            (least, best) = sum < least ? (sum, (x, y)) : (least, best);
        }

        return best;
    }
}
