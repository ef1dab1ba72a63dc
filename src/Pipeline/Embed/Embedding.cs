using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Embed;

/// <summary>Embeds everything, a batch in memory at a time, into a file that is whole or not there.</summary>
internal static class Embedding
{
    private const int Batch = 16;

    /// <param name="report">Told how many are done of how many.</param>
    /// <returns>Rows written.</returns>
    /// <exception cref="UserException">A picture or video is damaged, or the ending of <paramref name="path"/> names no format.</exception>
    public static int Write(
        string path, FrozenEncoder encoder, EmbeddingLayout layout, EmbedInputs inputs, Action<int, int> report, CancellationToken interruption)
    {
        int rows = 0;
        AtomicFile.Write(path, stream =>
        {
            using EmbeddingWriter writer = EmbeddingWriter.Create(path, stream, layout);
            foreach (Embeddable[] batch in inputs.All(new CenterCrop(layout.Size)).Chunk(Batch))
            {
                interruption.ThrowIfCancellationRequested();
                float[][] vectors = Encode(encoder, layout, batch);
                for (int i = 0; i < batch.Length; i++)
                {
                    writer.Add(new(inputs.Files[batch[i].Source], batch[i].Seconds, vectors[i]));
                }

                rows += batch.Length;
                report(rows, Math.Max(rows, inputs.Count));
            }

            writer.Complete();
        });
        return rows;
    }

    private static float[][] Encode(FrozenEncoder encoder, EmbeddingLayout layout, Embeddable[] batch)
    {
        int size = layout.Size, length = RgbImage.Channels * size * size;
        float[] planes = new float[batch.Length * length];
        float[][] pictures = [.. batch.AsParallel().AsOrdered().Select(item => Normalization.ImageNet.Apply(item.Crop()))];
        for (int i = 0; i < batch.Length; i++)
        {
            pictures[i].CopyTo(planes.AsSpan(i * length));
        }

        float[] tokens = layout.Tokens == EmbeddedTokens.Cls
            ? encoder.Cls(planes, batch.Length, size, size)
            : encoder.Tokens(planes, batch.Length, size, size);
        int row = tokens.Length / batch.Length;
        return [.. Enumerable.Range(0, batch.Length).Select(i => layout.Row(tokens.AsSpan(i * row, row)))];
    }
}
