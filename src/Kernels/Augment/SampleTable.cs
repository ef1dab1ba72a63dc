namespace DoRA.Kernels.Augment;

/// <summary>Along one axis: the two samples and the share of the second that each output pixel of a bilinear resize reads.</summary>
internal sealed class SampleTable
{
    private int[] _first = [], _second = [];
    private float[] _share = [];

    public ReadOnlySpan<int> First => _first;

    public ReadOnlySpan<int> Second => _second;

    public ReadOnlySpan<float> Share => _share;

    /// <summary>Luma: output pixel d reads <c>start + (d + ½) length/outputs − ½</c>, held inside the box.</summary>
    public void Luma(int start, int length, int outputs)
    {
        Resize(outputs);
        for (int i = 0; i < outputs; i++)
        {
            Set(i, Position(start, length, outputs, i), start, start + length - 1);
        }
    }

    /// <summary>Chroma of <paramref name="samples"/> in all, each serving 2^shift luma samples: on the first of them when
    /// <paramref name="cosited"/>, else in their middle.</summary>
    public void Chroma(int start, int length, int outputs, int shift, bool cosited, int samples)
    {
        Resize(outputs);
        double scale = 1.0 / (1 << shift), offset = cosited ? 0 : (0.5 * scale) - 0.5;
        for (int i = 0; i < outputs; i++)
        {
            Set(i, (Position(start, length, outputs, i) * scale) + offset, 0, samples - 1);
        }
    }

    private static double Position(int start, int length, int outputs, int index) =>
        start + Math.Clamp(((index + 0.5) * length / outputs) - 0.5, 0, length - 1);

    private void Resize(int outputs)
    {
        CpuScratch.Grow(ref _first, outputs);
        CpuScratch.Grow(ref _second, outputs);
        CpuScratch.Grow(ref _share, outputs);
    }

    private void Set(int index, double position, int lowest, int highest)
    {
        position = Math.Clamp(position, lowest, highest);
        _first[index] = (int)position;
        _second[index] = Math.Min((int)position + 1, highest);
        _share[index] = (float)(position - (int)position);
    }
}
