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

    /// <summary>
    /// Replaces rows of scores by exp(scale · (score − maximum)); gives the log-sum-exp of the scaled scores and 1/sum of each.
    /// Rows have room for whole vectors. Three sweeps, so that the long chains at a row's end (across lanes, logarithm) overlap with other rows.
    /// </summary>
    public static void Exponentiate(float* scores, int stride, int rows, int tokens, float scale, float* logSumExp, float* inverseSum)
    {
        int padded = (tokens + L.Count - 1) / L.Count * L.Count;
        for (int i = 0; i < rows; i++)
        {
            float* row = scores + ((long)i * stride);
            for (int j = tokens; j < padded; j++)
            {
                row[j] = float.NegativeInfinity;
            }

            V maxima = L.Load(row);
            for (int j = L.Count; j < padded; j += L.Count)
            {
                maxima = L.Max(maxima, L.Load(row + j));
            }

            logSumExp[i] = L.Largest(maxima) * scale;
        }

        V factor = L.Create(scale);
        for (int i = 0; i < rows; i++)
        {
            float* row = scores + ((long)i * stride);
            V offset = L.Create(-logSumExp[i]), sums = L.Zero;
            for (int j = 0; j < padded; j += L.Count)
            {
                V weight = Exponential<L, V>.Exp(L.MultiplyAdd(L.Load(row + j), factor, offset));
                L.Store(weight, row + j);
                sums = L.Add(sums, weight);
            }

            inverseSum[i] = L.Sum(sums);
        }

        for (int i = 0; i < rows; i++)
        {
            logSumExp[i] += MathF.Log(inverseSum[i]);
            inverseSum[i] = 1f / inverseSum[i];
        }
    }
}
