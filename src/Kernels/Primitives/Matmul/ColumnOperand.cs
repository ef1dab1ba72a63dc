using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

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
    private const int RowsAhead = 8;

    public bool IsDirect => false;

    public int LineStride => throw new InvalidOperationException("These lines are not read in place.");

    public float* Line(int line) => throw new InvalidOperationException("These lines are not read in place.");

    public void Pack(float* panels, int width, int firstLine, int lines, int firstDepth, int depth)
    {
        float* source = data + ((long)firstDepth * stride) + firstLine;
        int totalWidth = (width + L.Count - 1) / L.Count * L.Count, totalFloats = sums == null ? 0 : (lines + width - 1) / width * totalWidth;
        float* totals = stackalloc float[totalFloats];
        new Span<float>(totals, totalFloats).Clear();

        // Whole vectors bring neighbours of the panel too, which nobody reads; at the end of the data there may be none.
        int careful = 1 + ((width + L.Count) / stride);
        int scaleIndex = scale == null ? 0 : firstDepth / perScale, nextScale = scale == null ? int.MaxValue : (scaleIndex + 1) * perScale;
        float factor = scale == null ? 1f : scale[scaleIndex];
        for (int k = 0; k < depth; k++)
        {
            if (firstDepth + k == nextScale)
            {
                factor = scale[++scaleIndex];
                nextScale += perScale;
            }

            float* row = source + ((long)k * stride);
            float* target = panels + ((long)k * width);
            if (k + careful >= depth)
            {
                PackLastRow(target, width, (long)width * depth, row, lines, factor, totals, totalWidth);
            }
            else if (sums == null)
            {
                PackRow(target, width, (long)width * depth, row, lines, factor);
            }
            else
            {
                PackAndSumRow(target, width, (long)width * depth, row, lines, factor, totals);
            }
        }

        bool add = firstDepth > 0 || accumulateSums;
        for (int line = 0; line < lines && sums != null; line++)
        {
            float total = totals[(line / width * totalWidth) + (line % width)];
            sums[firstLine + line] = add ? sums[firstLine + line] + total : total;
        }
    }

    /// <summary>One k of all panels; what a vector writes beyond its panel's width, the next k overwrites.</summary>
    private void PackRow(float* target, int width, long panelFloats, float* row, int lines, float factor)
    {
        V factors = L.Create(factor);
        long ahead = (long)stride * RowsAhead;
        for (int line = 0; line < lines; line += width, target += panelFloats)
        {
            for (int offset = 0; offset < width; offset += L.Count)
            {
                Prefetch(row + ahead + line + offset);
                L.Store(L.Multiply(L.Load(row + line + offset), factors), target + offset);
            }
        }
    }

    private void PackAndSumRow(float* target, int width, long panelFloats, float* row, int lines, float factor, float* totals)
    {
        V factors = L.Create(factor);
        long ahead = (long)stride * RowsAhead;
        for (int line = 0; line < lines; line += width, target += panelFloats)
        {
            for (int offset = 0; offset < width; offset += L.Count, totals += L.Count)
            {
                Prefetch(row + ahead + line + offset);
                V vector = L.Multiply(L.Load(row + line + offset), factors);
                L.Store(vector, target + offset);
                L.Store(L.Add(L.Load(totals), vector), totals);
            }
        }
    }

    // The hardware does not look across rows this far apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    /// <summary>The same, without a read or write beyond the lines and the panels.</summary>
    private void PackLastRow(float* target, int width, long panelFloats, float* row, int lines, float factor, float* totals, int totalWidth)
    {
        for (int line = 0; line < lines; line += width, target += panelFloats, totals += totalWidth)
        {
            int count = Math.Min(width, lines - line);
            for (int i = 0; i < count; i++)
            {
                target[i] = row[line + i] * factor;
            }

            for (int i = 0; i < count && sums != null; i++)
            {
                totals[i] += target[i];
            }
        }
    }
}
