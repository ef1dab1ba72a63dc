namespace DoRA.Kernels.TokenAssembly;

/// <summary>Sizes of a batch of token sequences made from embedded frames.</summary>
/// <param name="Frames">Embedded frames.</param>
/// <param name="ViewsPerFrame">Sequences made from each frame: the k objects, or 1. View v shows frame v / ViewsPerFrame.</param>
/// <param name="Patches">Patches a frame, n.</param>
/// <param name="Embedding">Width d of a token.</param>
public readonly record struct TokenAssemblySize(int Frames, int ViewsPerFrame, int Patches, int Embedding)
{
    public int Views => Frames * ViewsPerFrame;

    /// <summary>Tokens a view: CLS and the patches.</summary>
    public int Tokens => Patches + 1;
}

/// <summary>
/// Token sequences with the object masks folded in. For view v of frame f and mask m ∈ [0, 1]:
/// <c>X[v, 0] = cls + position[0]; X[v, 1+i] = b + m[v, i] (E[f, i] − b) + position[1+i]</c>.
/// A frame times its mask is zero where the mask is, and the projection of a zero patch is its bias b: no masked copy of
/// a frame is made. Without masks m is 1.
/// E is [frames, n, d], X is [views, 1+n, d], masks [views, n] float32, position [1+n, d].
/// </summary>
public abstract class TokenAssemblyKernels
{
    /// <param name="masks">Optional.</param>
    /// <param name="patchBias">b, the bias that E already contains; read only with masks.</param>
    public abstract void Forward(DeviceSpan tokens, DeviceSpan embeddings, DeviceSpan masks, DeviceSpan patchBias, DeviceSpan clsToken, DeviceSpan position, TokenAssemblySize size);

    /// <summary>
    /// <c>dE[f, i] = Σ_views m dX</c> (overwritten), <c>dBias = Σ (1 − m) dX</c> (only the masks' share; the projection adds its own),
    /// <c>dCls = Σ_v dX[v, 0]</c>, <c>dPosition = Σ_v dX[v]</c>; the last three add to their destination where
    /// <paramref name="accumulate"/>. The masks come from the teacher and get no gradient.
    /// </summary>
    /// <param name="masks">Optional; without them <paramref name="dPatchBias"/> is not touched.</param>
    public abstract void Backward(DeviceSpan dEmbeddings, DeviceSpan dPatchBias, DeviceSpan dClsToken, DeviceSpan dPosition, DeviceSpan dTokens, DeviceSpan masks, TokenAssemblySize size, bool accumulate);
}
