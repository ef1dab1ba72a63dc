namespace DoRA.References;

/// <summary>
/// The patch part of [1 + source², width] resized to a grid, the CLS part copied. Output index i of n along an axis reads around
/// <c>(i + ½) source/(n + 0.1) − ½</c> with the cubic kernel of a = −0.75, edge samples repeated.
/// </summary>
public static class PositionEmbeddingReference
{
    public static double[] Forward(double[] table, int source, int height, int width, int embedding)
    {
        double[] resized = new double[(1 + (height * width)) * embedding];
        Visit(source, height, width, (from, to, weight) =>
        {
            for (int i = 0; i < embedding; i++)
            {
                resized[(to * embedding) + i] += weight * table[(from * embedding) + i];
            }
        });
        return resized;
    }

    public static double[] Backward(double[] dResized, int source, int height, int width, int embedding)
    {
        double[] dTable = new double[(1 + (source * source)) * embedding];
        Visit(source, height, width, (from, to, weight) =>
        {
            for (int i = 0; i < embedding; i++)
            {
                dTable[(from * embedding) + i] += weight * dResized[(to * embedding) + i];
            }
        });
        return dTable;
    }

    /// <summary>Every pair of a table row and an output row, with the weight of one in the other.</summary>
    private static void Visit(int source, int height, int width, Action<int, int, double> visit)
    {
        visit(0, 0, 1);
        bool native = height == source && width == source;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int to = 1 + (y * width) + x;
                if (native)
                {
                    visit(to, to, 1);
                    continue;
                }

                double centerY = ((y + 0.5) * source / (height + 0.1)) - 0.5, centerX = ((x + 0.5) * source / (width + 0.1)) - 0.5;
                for (int dy = -1; dy <= 2; dy++)
                {
                    for (int dx = -1; dx <= 2; dx++)
                    {
                        double sampleY = Math.Floor(centerY) + dy, sampleX = Math.Floor(centerX) + dx;
                        int row = Math.Clamp((int)sampleY, 0, source - 1), column = Math.Clamp((int)sampleX, 0, source - 1);
                        visit(1 + (row * source) + column, to, Cubic(sampleY - centerY) * Cubic(sampleX - centerX));
                    }
                }
            }
        }
    }

    private static double Cubic(double distance)
    {
        const double a = -0.75;
        double d = Math.Abs(distance);
        return d <= 1 ? ((a + 2) * Math.Pow(d, 3)) - ((a + 3) * d * d) + 1
            : d < 2 ? a * (Math.Pow(d, 3) - (5 * d * d) + (8 * d) - 4)
            : 0;
    }
}
