namespace DoRA.Pipeline.Scores;

/// <summary>How often an image's nearest neighbour among the others' views is its own other view.</summary>
public static class ViewRetrieval
{
    /// <summary>Cosine similarity; of equal similarities the first counts, so that features which are all alike score one hit.</summary>
    /// <param name="first">[images, width].</param>
    /// <param name="second">[images, width], of the same images in the same order.</param>
    /// <returns>The share of images, in 0..1, over both directions.</returns>
    public static double Score(float[] first, float[] second, int images)
    {
        int width = first.Length / images;
        float[] a = [.. first], b = [.. second];
        Features.Normalize(a, width);
        Features.Normalize(b, width);
        return (Hits(a, b, images, width) + Hits(b, a, images, width)) / (2.0 * images);
    }

    private static int Hits(float[] queries, float[] keys, int images, int width)
    {
        int hits = 0;
        Parallel.For(0, images, query =>
        {
            int nearest = 0;
            float best = float.NegativeInfinity;
            for (int key = 0; key < images; key++)
            {
                float similarity = Features.Dot(queries.AsSpan(query * width, width), keys.AsSpan(key * width, width));
                if (similarity > best)
                {
                    (nearest, best) = (key, similarity);
                }
            }

            if (nearest == query)
            {
                Interlocked.Increment(ref hits);
            }
        });
        return hits;
    }
}
