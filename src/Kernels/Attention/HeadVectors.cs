using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Attention;

/// <summary>What is done to single rows of a head or of its scores.</summary>
internal static unsafe class HeadVectors<L, V> where L : ILanes<V> where V : struct
{
    public static float Dot(float* a, float* b, int count)
    {
        V sums = L.Zero;
        int i = 0;
        for (; i + L.Count <= count; i += L.Count)
        {
            sums = L.MultiplyAdd(L.Load(a + i), L.Load(b + i), sums);
        }

        float sum = L.Sum(sums);
        for (; i < count; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    public static void CopyScaled(float* target, float* source, int count, float scale)
    {
        V factor = L.Create(scale);
        int i = 0;
        for (; i + L.Count <= count; i += L.Count)
        {
            L.Store(L.Multiply(L.Load(source + i), factor), target + i);
        }

        for (; i < count; i++)
        {
            target[i] = source[i] * scale;
        }
    }

    public static void AddScaled(float* target, float* source, int count, float scale)
    {
        V factor = L.Create(scale);
        int i = 0;
        for (; i + L.Count <= count; i += L.Count)
        {
            L.Store(L.MultiplyAdd(L.Load(source + i), factor, L.Load(target + i)), target + i);
        }

        for (; i < count; i++)
        {
            target[i] += source[i] * scale;
        }
    }

    /// <summary>Replaces a row of scores by exp(scale · (score − maximum)); gives the log-sum-exp of the scaled scores and 1/sum.
    /// The row has room for whole vectors.</summary>
    public static (float LogSumExp, float InverseSum) Exponentiate(float* row, int tokens, float scale)
    {
        int padded = (tokens + L.Count - 1) / L.Count * L.Count;
        new Span<float>(row + tokens, padded - tokens).Fill(float.NegativeInfinity);
        V maxima = L.Load(row);
        for (int j = L.Count; j < padded; j += L.Count)
        {
            maxima = L.Max(maxima, L.Load(row + j));
        }

        float maximum = L.Largest(maxima) * scale;
        V factor = L.Create(scale), offset = L.Create(-maximum), sums = L.Zero;
        for (int j = 0; j < padded; j += L.Count)
        {
            V weight = Exponential<L, V>.Exp(L.MultiplyAdd(L.Load(row + j), factor, offset));
            L.Store(weight, row + j);
            sums = L.Add(sums, weight);
        }

        float sum = L.Sum(sums);
        return (maximum + MathF.Log(sum), 1f / sum);
    }
}
