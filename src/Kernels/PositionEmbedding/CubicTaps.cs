namespace DoRA.Kernels.PositionEmbedding;

/// <summary>The four samples that each output index reads along one axis, and their weights: Keys' cubic convolution with a =
/// −0.75.</summary>
internal sealed class CubicTaps
{
    private const double A = -0.75;

    public CubicTaps(int source, int outputs)
    {
        Indices = new int[4 * outputs];
        Weights = new float[4 * outputs];
        double step = source / (outputs + 0.1);
        for (int output = 0; output < outputs; output++)
        {
            double center = ((output + 0.5) * step) - 0.5;
            int first = (int)Math.Floor(center);
            double fraction = center - first;
            Span<double> weights = [Far(1 + fraction), Near(fraction), Near(1 - fraction), Far(2 - fraction)];
            for (int tap = 0; tap < 4; tap++)
            {
                Indices[(4 * output) + tap] = Math.Clamp(first + tap - 1, 0, source - 1);
                Weights[(4 * output) + tap] = (float)weights[tap];
            }
        }
    }

    /// <summary>[outputs, 4].</summary>
    public int[] Indices { get; }

    /// <summary>[outputs, 4].</summary>
    public float[] Weights { get; }

    private static double Near(double distance) => ((((A + 2) * distance) - (A + 3)) * distance * distance) + 1;

    private static double Far(double distance) => (((((A * distance) - (5 * A)) * distance) + (8 * A)) * distance) - (4 * A);
}
