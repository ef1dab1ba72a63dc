namespace DoRA.Pipeline.Evaluation.Knn;

/// <summary>
/// Weighted nearest neighbours on L2-normalised features: of a test picture's k most similar training pictures each votes
/// <c>exp(similarity/temperature)</c> for its class. Ties go to the lower index, of neighbours and of classes alike.
/// </summary>
/// <param name="encoder">Multiplies features on its device.</param>
public sealed class KnnClassifier(
    FrozenEncoder encoder, float[] training, int[] labels, int width, int classes, double temperature = KnnClassifier.Temperature)
{
    public const double Temperature = 0.07;

    private const int Products = 1 << 24;
    private const int TopClasses = 5;

    /// <summary>The most similar training rows of each test row, most similar first.</summary>
    public Neighbour[][] Neighbours(float[] tests, int count)
    {
        int rows = tests.Length / width, chunk = Math.Max(1, Products / labels.Length);
        Neighbour[][] neighbours = new Neighbour[rows][];
        for (int first = 0; first < rows; first += chunk)
        {
            int size = Math.Min(chunk, rows - first);
            float[] similarity = encoder.Products(tests.AsSpan(first * width, size * width), training, width);
            Parallel.For(0, size, row => neighbours[first + row] = Nearest(similarity.AsSpan(row * labels.Length, labels.Length), count));
        }

        return neighbours;
    }

    /// <summary>Votes per class from the first <paramref name="k"/> neighbours.</summary>
    public double[] Votes(ReadOnlySpan<Neighbour> neighbours, int k)
    {
        double[] votes = new double[classes];
        foreach (Neighbour neighbour in neighbours[..k])
        {
            votes[labels[neighbour.Index]] += Math.Exp(neighbour.Similarity / temperature);
        }

        return votes;
    }

    /// <summary>Classes by falling votes.</summary>
    public static int[] Ranking(double[] votes) => [.. Enumerable.Range(0, votes.Length).OrderByDescending(index => votes[index])];

    /// <summary>Top-1 and top-5 in % for each k. With k below 5 only k classes count as the top, as in the original.</summary>
    public IReadOnlyList<KnnScore> Score(float[] tests, IReadOnlyList<int> testLabels, IReadOnlyList<int> ks)
    {
        Neighbour[][] neighbours = Neighbours(tests, ks.Max());
        return [.. ks.Select(k =>
        {
            int[] places = [.. neighbours.Select((row, test) => Array.IndexOf(Ranking(Votes(row, k)), testLabels[test]))];
            return new KnnScore(k, Percent(places, 1), Percent(places, Math.Min(TopClasses, k)));
        })];
    }

    private static double Percent(int[] places, int top) => 100.0 * places.Count(place => place < top) / places.Length;

    private static Neighbour[] Nearest(ReadOnlySpan<float> similarity, int count)
    {
        PriorityQueue<Neighbour, (float Similarity, int Later)> best = new(count + 1);
        for (int i = 0; i < similarity.Length; i++)
        {
            if (best.Count < count)
            {
                best.Enqueue(new(i, similarity[i]), (similarity[i], -i));
            }
            else if (similarity[i] > best.Peek().Similarity)
            {
                best.DequeueEnqueue(new(i, similarity[i]), (similarity[i], -i));
            }
        }

        Neighbour[] sorted = new Neighbour[best.Count];
        for (int i = sorted.Length - 1; i >= 0; i--)
        {
            sorted[i] = best.Dequeue();
        }

        return sorted;
    }
}

/// <summary>A training row near a test row.</summary>
public readonly record struct Neighbour(int Index, float Similarity);

/// <summary>What k neighbours score, in %.</summary>
public sealed record KnnScore(int K, double Top1, double Top5);
