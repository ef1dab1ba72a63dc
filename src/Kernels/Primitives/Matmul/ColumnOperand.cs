namespace DoRA.Kernels.Primitives;

/// <summary>
/// Lines that lie beside each other: element (line, k) is <c>data[k * stride + line] * scale[k / perScale]</c>. Packing copies, folds the
/// scale in, and can sum every line over k on the way (a bias gradient).
/// </summary>
/// <param name="data">Element (0, 0).</param>
/// <param name="stride">Floats between two k.</param>
/// <param name="scale">Null for none.</param>
/// <param name="perScale">Neighbouring k that share a scale.</param>
/// <param name="sums">Null, or where Σ_k of each line goes: overwritten at k = 0 unless <paramref name="accumulateSums"/>, else added to.</param>
internal readonly unsafe struct ColumnOperand<L, V>(float* data, int stride, float* scale, int perScale, float* sums, bool accumulateSums) : IOperand
    where L : ILanes<V>
    where V : struct
{
    // The widest panel against the narrowest vector: 12 lines of 4.
    private const int MaxVectors = 3;

    public bool IsDirect => false;

    public int LineStride => throw new InvalidOperationException("These lines are not read in place.");

    public float* Line(int line) => throw new InvalidOperationException("These lines are not read in place.");

    public void Pack(float* panel, int width, int firstLine, int lines, int firstDepth, int depth)
    {
        float* source = data + ((long)firstDepth * stride) + firstLine;
        float* total = stackalloc float[MaxVectors * L.Count];
        new Span<float>(total, MaxVectors * L.Count).Clear();

        // Whole vectors bring neighbours of the panel too, which nobody reads; only at the end of the data there may be none.
        long end = ((depth - 1L) * stride) + lines;
        int scaleIndex = scale == null ? 0 : firstDepth / perScale, nextScale = scale == null ? int.MaxValue : (scaleIndex + 1) * perScale;
        V factor = L.Create(scale == null ? 1f : scale[scaleIndex]);
        for (int k = 0; k < depth; k++)
        {
            if (firstDepth + k == nextScale)
            {
                factor = L.Create(scale[++scaleIndex]);
                nextScale += perScale;
            }

            float* from = source + ((long)k * stride);
            float* to = panel + ((long)k * width);
            for (int offset = 0; offset < width; offset += L.Count)
            {
                V vector = ((long)k * stride) + offset + L.Count <= end
                    ? L.Load(from + offset)
                    : Lanes<L, V>.LoadPartial(from + offset, Math.Max(0, Math.Min(L.Count, lines - offset)));
                vector = L.Multiply(vector, factor);
                if (k + 1 < depth || offset + L.Count <= width)
                {
                    // What is too much is overwritten by the next k.
                    L.Store(vector, to + offset);
                }
                else
                {
                    Lanes<L, V>.StorePartial(vector, to + offset, width - offset);
                }

                if (sums != null)
                {
                    L.Store(L.Add(L.Load(total + offset), vector), total + offset);
                }
            }
        }

        if (sums != null)
        {
            bool add = firstDepth > 0 || accumulateSums;
            for (int i = 0; i < lines; i++)
            {
                sums[firstLine + i] = add ? sums[firstLine + i] + total[i] : total[i];
            }
        }
    }
}
