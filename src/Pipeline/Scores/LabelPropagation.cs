namespace DoRA.Pipeline.Scores;

/// <summary>
/// Carries the first frame's labels through a sequence by the likeness of patch tokens, training nothing (the DAVIS protocol of DINO).
/// Each token of a frame takes the labels of the tokens of the first frame and of the last few that are most like it: affinity
/// exp(cosine/temperature) within a square window; all that reach the k-th largest are kept, and divided by their sum.
/// </summary>
/// <param name="Rows">Rows of tokens.</param>
/// <param name="Columns">Columns of tokens.</param>
public sealed record LabelPropagation(int Rows, int Columns)
{
    /// <summary>Frames remembered beside the first.</summary>
    public int LastFrames { get; init; } = 7;

    /// <summary>Rows and columns that the window reaches to each side.</summary>
    public int Radius { get; init; } = 12;

    /// <summary>k.</summary>
    public int Neighbours { get; init; } = 5;

    public float Temperature { get; init; } = 0.1f;

    private int Tokens => Rows * Columns;

    /// <param name="tokens">Of each frame, [rows · columns, width].</param>
    /// <param name="firstLabels">Of the first frame, [labels, rows · columns].</param>
    /// <returns>Soft labels of every frame, [labels, rows · columns]; those of the first are <paramref name="firstLabels"/>.</returns>
    public float[][] Run(IReadOnlyList<float[]> tokens, float[] firstLabels)
    {
        float[][] normalized = [.. tokens.Select(frame => frame.ToArray())];
        foreach (float[] frame in normalized)
        {
            Features.Normalize(frame, frame.Length / Tokens);
        }

        float[][] labels = new float[tokens.Count][];
        labels[0] = firstLabels;
        for (int frame = 1; frame < labels.Length; frame++)
        {
            int[] sources = [0, .. Enumerable.Range(Math.Max(1, frame - LastFrames), Math.Min(frame - 1, LastFrames))];
            labels[frame] = Step(normalized[frame], [.. sources.Select(i => normalized[i])], [.. sources.Select(i => labels[i])]);
        }

        return labels;
    }

    private float[] Step(float[] target, float[][] sources, float[][] labels)
    {
        int width = target.Length / Tokens, channels = labels[0].Length / Tokens;
        float[] result = new float[channels * Tokens];
        Parallel.For(0, Tokens, () => new List<(float Affinity, int Source, int Token)>(), (token, _, near) =>
        {
            near.Clear();
            (int row, int column) = (token / Columns, token % Columns);
            ReadOnlySpan<float> own = target.AsSpan(token * width, width);
            for (int source = 0; source < sources.Length; source++)
            {
                for (int y = Math.Max(0, row - Radius); y <= Math.Min(Rows - 1, row + Radius); y++)
                {
                    for (int x = Math.Max(0, column - Radius); x <= Math.Min(Columns - 1, column + Radius); x++)
                    {
                        int other = (y * Columns) + x;
                        float cosine = Features.Dot(own, sources[source].AsSpan(other * width, width));

                        // Less 1, which the division by the sum takes out again, so that no temperature is too low.
                        near.Add((MathF.Exp((cosine - 1) / Temperature), source, other));
                    }
                }
            }

            Share(near, labels, result, token, channels);
            return near;
        }, _ => { });
        return result;
    }

    private void Share(List<(float Affinity, int Source, int Token)> near, float[][] labels, float[] result, int token, int channels)
    {
        Span<float> largest = stackalloc float[Neighbours];
        largest.Clear();
        foreach ((float affinity, _, _) in near)
        {
            for (int place = Neighbours - 1; place >= 0 && affinity > largest[place]; place--)
            {
                if (place + 1 < Neighbours)
                {
                    largest[place + 1] = largest[place];
                }

                largest[place] = affinity;
            }
        }

        float sum = 0;
        foreach ((float affinity, int source, int other) in near)
        {
            if (affinity < largest[^1])
            {
                continue;
            }

            sum += affinity;
            for (int channel = 0; channel < channels; channel++)
            {
                result[(channel * Tokens) + token] += affinity * labels[source][(channel * Tokens) + other];
            }
        }

        for (int channel = 0; channel < channels; channel++)
        {
            result[(channel * Tokens) + token] /= sum;
        }
    }
}
