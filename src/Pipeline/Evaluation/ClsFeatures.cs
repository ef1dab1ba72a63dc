using DoRA.Pipeline.Evaluation.Images;

namespace DoRA.Pipeline.Evaluation;

/// <summary>CLS tokens of pictures in files, one batch in memory at a time.</summary>
public sealed class ClsFeatures(FrozenEncoder encoder, CenterCrop crop)
{
    private const int Batch = 16;

    /// <summary>[pictures, d], raw.</summary>
    /// <param name="report">Told how many are done of how many.</param>
    public float[] Extract(IReadOnlyList<string> paths, Action<int, int> report, CancellationToken interruption)
    {
        float[] features = new float[(long)paths.Count * encoder.Width];
        for (int first = 0; first < paths.Count; first += Batch)
        {
            interruption.ThrowIfCancellationRequested();
            int count = Math.Min(Batch, paths.Count - first);
            float[] planes = Planes([.. paths.Skip(first).Take(count)]);
            encoder.Cls(planes, count, crop.Size, crop.Size).CopyTo(features.AsSpan(first * encoder.Width));
            report(first + count, paths.Count);
        }

        return features;
    }

    /// <summary>Each row divided by its length.</summary>
    public static float[] Normalize(float[] rows, int width)
    {
        float[] normalized = new float[rows.Length];
        for (int start = 0; start < rows.Length; start += width)
        {
            double squares = 0;
            foreach (float value in rows.AsSpan(start, width))
            {
                squares += (double)value * value;
            }

            double scale = 1 / Math.Max(Math.Sqrt(squares), 1e-12);
            for (int i = start; i < start + width; i++)
            {
                normalized[i] = (float)(rows[i] * scale);
            }
        }

        return normalized;
    }

    private float[] Planes(string[] paths)
    {
        int length = RgbImage.Channels * crop.Size * crop.Size;
        float[] planes = new float[paths.Length * length];
        Parallel.For(0, paths.Length, i =>
            Normalization.ImageNet.Apply(crop.Apply(RgbImage.Load(paths[i]))).CopyTo(planes.AsSpan(i * length)));
        return planes;
    }
}
