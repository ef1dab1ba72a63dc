using DoRA.Pipeline.Evaluation.Images;

namespace DoRA.Pipeline.Evaluation.Segmentation;

/// <summary>What the linear head sees: the patch tokens of the last blocks, each after the final norm, side by side.</summary>
public static class PatchFeatures
{
    /// <summary>[n, blocks · d].</summary>
    public static float[] Of(FrozenEncoder encoder, float[] planes, int size, int blocks)
    {
        float[][] outputs = encoder.LastBlocks(planes, 1, size, size, blocks);
        int d = encoder.Width, patches = (outputs[0].Length / d) - 1;
        float[] features = new float[patches * blocks * d];
        for (int i = 0; i < patches * blocks; i++)
        {
            (int patch, int block) = (i / blocks, i % blocks);
            outputs[block].AsSpan((1 + patch) * d, d).CopyTo(features.AsSpan(i * d));
        }

        return features;
    }

    /// <summary>The part of a picture from (left, top), normalised; what lies beyond the picture is 0.</summary>
    public static float[] Window(RgbImage picture, int left, int top, int size)
    {
        RgbImage inside = picture.Crop(left, top, Math.Min(size, picture.Width - left), Math.Min(size, picture.Height - top));
        return Normalization.ImageNet.Apply(inside, size, size);
    }
}
