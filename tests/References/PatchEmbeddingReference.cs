namespace DoRA.References;

/// <summary>The patch projection in double, as the convolution it is. Images are [images, 3, height, width].</summary>
public sealed record PatchEmbeddingReference(int Images, int Height, int Width, int Patch, int Embedding)
{
    private int Inputs => 3 * Patch * Patch;

    private int Patches => Height / Patch * (Width / Patch);

    /// <summary>The values of every patch, [images · patches, 3 p²].</summary>
    public double[] Unfold(double[] images)
    {
        double[] patches = new double[Images * Patches * Inputs];
        int index = 0;
        for (int image = 0; image < Images; image++)
        {
            for (int top = 0; top < Height; top += Patch)
            {
                for (int left = 0; left < Width; left += Patch)
                {
                    for (int k = 0; k < Inputs; k++)
                    {
                        int channel = k / (Patch * Patch), y = top + (k / Patch % Patch), x = left + (k % Patch);
                        patches[index++] = images[(((((image * 3) + channel) * Height) + y) * Width) + x];
                    }
                }
            }
        }

        return patches;
    }

    /// <summary>E [images, patches, embedding].</summary>
    public double[] Forward(double[] images, double[] weight, double[] bias) =>
        (Linear with { Bias = bias }).Forward(Unfold(images), weight).Y;

    public (double[] DWeight, double[] DBias) Backward(double[] dEmbeddings, double[] images) => Linear.BackwardWeight(dEmbeddings, Unfold(images));

    private LinearReference Linear => new(Images * Patches, Inputs, Embedding);
}
