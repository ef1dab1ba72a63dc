namespace DoRA.Kernels.Augment;

/// <summary>Along one axis: from where and with which weights each output pixel is summed.</summary>
internal sealed class ResampleTable
{
    /// <summary>Weights of an output pixel are padded with zeros to a multiple of this.</summary>
    public const int Lanes = 4;

    private int[] _start = [], _count = [];
    private float[] _weights = [];
    private double[] _exact = [];

    /// <summary>Weights stored for each output pixel, padding included.</summary>
    public int Taps { get; private set; }

    public ReadOnlySpan<int> Start => _start;

    /// <summary>Weights that count.</summary>
    public ReadOnlySpan<int> Count => _count;

    public ReadOnlySpan<float> Weights => _weights;

    /// <param name="inputs">Pixels of the box along this axis.</param>
    /// <param name="outputs">Pixels of the view.</param>
    /// <param name="padded">Entries to fill; those beyond <paramref name="outputs"/> have weight zero.</param>
    /// <param name="flip">The view runs backwards.</param>
    public void Build(int inputs, int outputs, int padded, ResizeFilter filter, bool flip)
    {
        double scale = (double)inputs / outputs;
        double widening = filter == ResizeFilter.Bicubic ? Math.Max(scale, 1) : 1;
        double support = (filter == ResizeFilter.Bicubic ? 2 : 1) * widening;
        Taps = (((int)Math.Ceiling(support) * 2) + 1 + Lanes - 1) / Lanes * Lanes;
        CpuScratch.Grow(ref _start, padded);
        CpuScratch.Grow(ref _count, padded);
        CpuScratch.Grow(ref _exact, Taps);
        CpuScratch.Grow(ref _weights, padded * Taps).AsSpan(0, padded * Taps).Clear();
        for (int i = 0; i < padded; i++)
        {
            (_start[i], _count[i]) = (0, 0);
        }

        for (int i = 0; i < outputs; i++)
        {
            int output = flip ? outputs - 1 - i : i;
            double center = (i + 0.5) * scale;
            if (filter == ResizeFilter.Bilinear)
            {
                // Held inside the box, so that the outermost pixels repeat the edge.
                center = Math.Clamp(center, 0.5, inputs - 0.5);
            }

            int first = Math.Max(0, (int)(center - support + 0.5)), end = Math.Min(inputs, (int)(center + support + 0.5));
            double sum = 0;
            for (int k = first; k < end; k++)
            {
                double distance = Math.Abs(k + 0.5 - center) / widening;
                sum += _exact[k - first] = filter == ResizeFilter.Bicubic ? Cubic(distance) : Math.Max(0, 1 - distance);
            }

            (_start[output], _count[output]) = (first, end - first);
            for (int k = 0; k < end - first; k++)
            {
                _weights[(output * Taps) + k] = (float)(_exact[k] / sum);
            }
        }
    }

    /// <summary>Cubic convolution, a = −1/2 (Keys, 1981).</summary>
    private static double Cubic(double distance) => distance switch
    {
        < 1 => (((1.5 * distance) - 2.5) * distance * distance) + 1,
        < 2 => ((((-0.5 * distance) + 2.5) * distance - 4) * distance) + 2,
        _ => 0,
    };
}
