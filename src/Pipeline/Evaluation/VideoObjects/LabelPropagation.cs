namespace DoRA.Pipeline.Evaluation.VideoObjects;

/// <summary>
/// Carries the first frame's labels through a sequence, frame by frame (DINO's DAVIS protocol): each token takes the labels of the most
/// similar tokens, within a window, of the first and the last few frames. All that reach the k-th largest affinity are kept, ties too, and
/// weighed by their share. What is remembered of a frame are its soft labels as they came out.
/// </summary>
public sealed class LabelPropagation
{
    private const long Products = 1 << 24;
    private readonly FrozenEncoder _encoder;
    private readonly PropagationSettings _settings;
    private readonly FrameGrid _grid;
    private readonly int _labels;
    private readonly Context _first;
    private readonly Queue<Context> _last = new();

    /// <param name="encoder">Multiplies tokens on its device.</param>
    /// <param name="firstTokens">The first frame's patch tokens, [n, d].</param>
    /// <param name="firstLabels">Its labels as ones and zeros, [labels, n], background first.</param>
    public LabelPropagation(FrozenEncoder encoder, PropagationSettings settings, FrameGrid grid, float[] firstTokens, float[] firstLabels)
    {
        (_encoder, _settings, _grid) = (encoder, settings, grid);
        _labels = firstLabels.Length / grid.Patches;
        _first = new(ClsFeatures.Normalize(firstTokens, encoder.Width), firstLabels);
    }

    /// <summary>The next frame's soft labels, [labels, n], from its patch tokens [n, d].</summary>
    public float[] Next(float[] tokens)
    {
        Context[] sources = [_first, .. _last];
        float[] own = ClsFeatures.Normalize(tokens, _encoder.Width), soft = new float[_labels * _grid.Patches];
        int chunk = (int)Math.Max(1, Products / ((long)_grid.Patches * sources.Length));
        for (int start = 0; start < _grid.Patches; start += chunk)
        {
            int first = start, count = Math.Min(chunk, _grid.Patches - first);
            float[][] similarity = [.. sources.Select(
                source => _encoder.Products(own.AsSpan(first * _encoder.Width, count * _encoder.Width), source.Tokens, _encoder.Width))];
            Parallel.For(0, count, row => Mix(soft, first + row, row * _grid.Patches, similarity, sources));
        }

        _last.Enqueue(new(own, soft));
        if (_last.Count > _settings.LastFrames)
        {
            _last.Dequeue();
        }

        return soft;
    }

    private void Mix(float[] soft, int token, int offset, float[][] similarity, Context[] sources)
    {
        List<(float Similarity, int Source, int Token)> window = [];
        (int row, int column) = (token / _grid.Columns, token % _grid.Columns);
        for (int source = 0; source < sources.Length; source++)
        {
            for (int y = Math.Max(0, row - _settings.Radius); y <= Math.Min(_grid.Rows - 1, row + _settings.Radius); y++)
            {
                for (int x = Math.Max(0, column - _settings.Radius); x <= Math.Min(_grid.Columns - 1, column + _settings.Radius); x++)
                {
                    int other = (y * _grid.Columns) + x;
                    window.Add((similarity[source][offset + other], source, other));
                }
            }
        }

        float least = KthLargest(window, _settings.Neighbours);
        double total = 0;
        double[] sums = new double[_labels];
        foreach ((float value, int source, int other) in window)
        {
            if (value < least)
            {
                continue;
            }

            double affinity = Math.Exp(value / _settings.Temperature);
            total += affinity;
            for (int label = 0; label < _labels; label++)
            {
                sums[label] += affinity * sources[source].Labels[(label * _grid.Patches) + other];
            }
        }

        for (int label = 0; label < _labels; label++)
        {
            soft[(label * _grid.Patches) + token] = (float)(sums[label] / total);
        }
    }

    private static float KthLargest(List<(float Similarity, int Source, int Token)> window, int k)
    {
        Span<float> largest = stackalloc float[k];
        largest.Fill(float.NegativeInfinity);
        foreach ((float value, _, _) in window)
        {
            if (value > largest[^1])
            {
                int at = k - 1;
                for (; at > 0 && largest[at - 1] < value; at--)
                {
                    largest[at] = largest[at - 1];
                }

                largest[at] = value;
            }
        }

        return largest[^1];
    }

    /// <param name="Tokens">[n, d], each of length 1.</param>
    /// <param name="Labels">[labels, n].</param>
    private sealed record Context(float[] Tokens, float[] Labels);
}
