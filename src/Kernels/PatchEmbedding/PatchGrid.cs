namespace DoRA.Kernels.PatchEmbedding;

/// <summary>Where patches and their values lie in [images, 3, height, width].</summary>
internal readonly unsafe struct PatchGrid(float* images, PatchEmbeddingSize size)
{
    private readonly int _columns = size.Width / size.Patch;

    public int Patch => size.Patch;

    /// <summary>The top left value of a patch's first channel; patches are counted through all images.</summary>
    public float* Corner(int patch)
    {
        int image = patch / size.Patches, within = patch % size.Patches;
        return images + ((long)image * 3 * size.Height * size.Width)
            + ((long)(within / _columns) * size.Patch * size.Width) + (within % _columns * size.Patch);
    }

    /// <summary>Distance from the corner to value <paramref name="k"/> of a patch; the values up to the end of its row of pixels follow it.</summary>
    public long Offset(int k)
    {
        int row = k / size.Patch, channel = row / size.Patch;
        return ((long)channel * size.Height * size.Width) + ((long)(row % size.Patch) * size.Width) + (k % size.Patch);
    }
}
