using DoRA.Kernels;

namespace DoRA.Pipeline.Evaluation.LinearProbe;

/// <summary>What the linear probe sees of pictures.</summary>
public static class ProbeInput
{
    /// <summary>
    /// [count, width]: the CLS tokens of the last blocks side by side; with the average, of the last block each feature of the CLS token
    /// followed
    /// by its mean over the patches, the order in which the released code has them.
    /// </summary>
    /// <exception cref="UserException">The average is asked for with more than one block, or there are fewer blocks.</exception>
    public static float[] Of(FrozenEncoder encoder, float[] planes, int count, int size, int blocks, bool averagesPatches)
    {
        int width = WidthOf(encoder, blocks, averagesPatches), d = encoder.Width;
        float[][] outputs = encoder.LastBlocks(planes, count, size, size, blocks);
        int tokens = outputs[0].Length / count / d;
        float[] input = new float[count * width];
        for (int image = 0; image < count; image++)
        {
            Span<float> row = input.AsSpan(image * width, width);
            for (int block = 0; block < blocks && !averagesPatches; block++)
            {
                outputs[block].AsSpan(image * tokens * d, d).CopyTo(row[(block * d)..]);
            }

            for (int feature = 0; feature < d && averagesPatches; feature++)
            {
                double sum = 0;
                for (int token = 1; token < tokens; token++)
                {
                    sum += outputs[0][(((image * tokens) + token) * d) + feature];
                }

                (row[2 * feature], row[(2 * feature) + 1]) = (outputs[0][(image * tokens * d) + feature], (float)(sum / (tokens - 1)));
            }
        }

        return input;
    }

    /// <summary>Values of one picture.</summary>
    public static int WidthOf(FrozenEncoder encoder, int blocks, bool averagesPatches) =>
        blocks < 1 || blocks > encoder.Configuration.Depth
            ? throw new UserException(
                $"--blocks is {blocks}, but the encoder has {encoder.Configuration.Depth} blocks; give 1 to {encoder.Configuration.Depth}.")
            : averagesPatches && blocks > 1
                ? throw new UserException($"--average-patches goes with the last block alone, but --blocks is {blocks}; give --blocks 1.")
                : encoder.Width * (averagesPatches ? 2 : blocks);
}
