namespace DoRA.References;

/// <summary>One clip's discovery and tracking, step by step. Matrices are [rows, width]; patches never include the CLS token.</summary>
public static class ObjectTrackerReference
{
    /// <summary><c>P = A Q</c>.</summary>
    /// <param name="attention">A [k, n]: the CLS rows of the drawn heads.</param>
    /// <param name="query">Q [n, d].</param>
    public static double[,] Prototypes(double[,] attention, double[,] query) => Product(attention, query);

    /// <summary>Ẑ, rows of length 1, and <c>S = Ẑ Pᵀ</c> [n, k].</summary>
    public static (double[,] Similarity, double[,] Normalized) Similarity(double[,] patches, double[,] prototypes)
    {
        double[,] normalized = new double[patches.GetLength(0), patches.GetLength(1)];
        for (int i = 0; i < patches.GetLength(0); i++)
        {
            double squares = 0;
            for (int j = 0; j < patches.GetLength(1); j++)
            {
                squares += patches[i, j] * patches[i, j];
            }

            for (int j = 0; j < patches.GetLength(1); j++)
            {
                normalized[i, j] = patches[i, j] / Math.Max(Math.Sqrt(squares), 1e-12);
            }
        }

        return (Product(normalized, Transposed(prototypes)), normalized);
    }

    /// <summary><c>P' = Eᵀ Ẑ</c> from the assignment E [n, k].</summary>
    public static double[,] Refine(double[,] assignment, double[,] normalized) => Product(Transposed(assignment), normalized);

    /// <summary>One frame's maps <c>softmax(P' Kᵀ d^(−1/2))</c> [k, n].</summary>
    public static double[,] TrackingMaps(double[,] prototypes, double[,] key)
    {
        double[,] maps = Product(prototypes, Transposed(key));
        for (int item = 0; item < maps.GetLength(0); item++)
        {
            double sum = 0;
            for (int i = 0; i < maps.GetLength(1); i++)
            {
                sum += maps[item, i] = Math.Exp(maps[item, i] / Math.Sqrt(key.GetLength(1)));
            }

            for (int i = 0; i < maps.GetLength(1); i++)
            {
                maps[item, i] /= sum;
            }
        }

        return maps;
    }

    /// <summary>A map over its L2 norm, and how far each patch lies above its mean.</summary>
    public static (double[] Normalized, double Mean) Threshold(double[] map)
    {
        double norm = Math.Max(Math.Sqrt(map.Sum(value => value * value)), 1e-12);
        double[] normalized = [.. map.Select(value => value / norm)];
        return (normalized, normalized.Average());
    }

    private static double[,] Product(double[,] a, double[,] b)
    {
        double[,] product = new double[a.GetLength(0), b.GetLength(1)];
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < b.GetLength(1); j++)
            {
                for (int k = 0; k < a.GetLength(1); k++)
                {
                    product[i, j] += a[i, k] * b[k, j];
                }
            }
        }

        return product;
    }

    private static double[,] Transposed(double[,] a)
    {
        double[,] transposed = new double[a.GetLength(1), a.GetLength(0)];
        for (int i = 0; i < a.GetLength(0); i++)
        {
            for (int j = 0; j < a.GetLength(1); j++)
            {
                transposed[j, i] = a[i, j];
            }
        }

        return transposed;
    }
}
