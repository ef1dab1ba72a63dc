namespace DoRA.Kernels.PatchEmbedding;

/// <summary>Sizes of the patch projection.</summary>
/// <param name="Images">Frames or crops.</param>
/// <param name="Height">Pixels; a multiple of Patch.</param>
/// <param name="Width">Pixels; a multiple of Patch.</param>
/// <param name="Patch">Side of a patch p in pixels.</param>
/// <param name="Embedding">Width d of a token.</param>
public readonly record struct PatchEmbeddingSize(int Images, int Height, int Width, int Patch, int Embedding)
{
    /// <summary>Patches an image, n.</summary>
    public int Patches => Height / Patch * (Width / Patch);

    /// <summary>Values in a patch, 3 p².</summary>
    public int Inputs => 3 * Patch * Patch;
}

/// <summary>
/// The convolution of stride p that makes tokens of patches: <c>E = patches · Wᵀ + b</c>.
/// Images are [images, 3, height, width] float32, normalised; W is [d, 3, p, p]; E is [images, n, d], patches in row-major order.
/// Every frame is embedded once, whatever the number of its masked views (TokenAssembly folds the masks in). The gradient
/// of the pixels is never needed and not offered.
/// </summary>
public abstract class PatchEmbeddingKernels
{
    public abstract void Forward(DeviceSpan embeddings, DeviceSpan images, DeviceSpan weight, DeviceSpan bias, PatchEmbeddingSize size);

    /// <summary><c>dW = dEᵀ · patches</c>, <c>dBias = Σ dE</c>; adds to both where <paramref name="accumulate"/>.</summary>
    public abstract void Backward(DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dEmbeddings, DeviceSpan images, PatchEmbeddingSize size, bool accumulate);
}
