using System.Numerics;
using System.Runtime.InteropServices;

namespace DoRA.Pipeline.Scores;

/// <summary>Rows of features, [rows, width].</summary>
internal static class Features
{
    /// <summary>Divides every row by its length, in place; rows of zeros stay.</summary>
    public static void Normalize(Span<float> rows, int width)
    {
        for (int start = 0; start < rows.Length; start += width)
        {
            Span<float> row = rows.Slice(start, width);
            float length = MathF.Sqrt(Dot(row, row));
            float scale = length > 0 ? 1 / length : 0;
            foreach (ref float value in row)
            {
                value *= scale;
            }
        }
    }

    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ReadOnlySpan<Vector<float>> left = MemoryMarshal.Cast<float, Vector<float>>(a), right = MemoryMarshal.Cast<float, Vector<float>>(b);
        Vector<float> even = Vector<float>.Zero, odd = Vector<float>.Zero;
        int i = 0;
        for (; i + 1 < left.Length; i += 2)
        {
            even += left[i] * right[i];
            odd += left[i + 1] * right[i + 1];
        }

        if (i < left.Length)
        {
            even += left[i] * right[i];
        }

        float sum = Vector.Sum(even + odd);
        for (int k = left.Length * Vector<float>.Count; k < a.Length; k++)
        {
            sum += a[k] * b[k];
        }

        return sum;
    }
}
