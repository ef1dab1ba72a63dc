using DoRA.Kernels.Sinkhorn;

namespace DoRA.Kernels.ObjectTracker;

/// <summary>Sizes of a batch of clips in the tracker.</summary>
/// <param name="Clips">B.</param>
/// <param name="Frames">T frames a clip.</param>
/// <param name="Heads">Heads h of the last block.</param>
/// <param name="Patches">n; sequences have n + 1 tokens, CLS first.</param>
/// <param name="Width">d, all heads side by side.</param>
/// <param name="Objects">k.</param>
public readonly record struct ObjectTrackerSize(int Clips, int Frames, int Heads, int Patches, int Width, int Objects)
{
    public int Tokens => Patches + 1;
}

/// <summary>Where a tracking map's mask threshold comes from.</summary>
public enum MaskThreshold
{
    /// <summary>Each map's own mean.</summary>
    PerImage,

    /// <summary>The mean over the whole batch's maps of one object and frame, as the released code has it.</summary>
    PerBatch,
}

/// <summary>How a tracking map becomes a mask.</summary>
public enum MaskKind
{
    /// <summary>1 where the map exceeds the threshold, else 0.</summary>
    Hard,

    /// <summary>The map over its maximum.</summary>
    Soft,
}

/// <summary>
/// Objects from the teacher's last block (DoRA, section 3): prototypes, similarities, refinement, maps, masks. No gradient.
/// All tensors here are float32 but the teacher's activations.
/// </summary>
public abstract class ObjectTrackerKernels
{
    /// <summary>
    /// Object prototypes <c>P = A Q</c> [clips, k, d]: A is the CLS attention of the drawn heads at frame 0 without its CLS column.
    /// </summary>
    /// <param name="clsAttention">[clips, frames, heads, tokens]; only frame 0 is read.</param>
    /// <param name="heads">[clips, k] int32: the heads drawn for each clip.</param>
    /// <param name="query">Rows [clips, tokens] of frame 0, CLS included and left out of the product.</param>
    public abstract void Prototypes(DeviceSpan prototypes, DeviceSpan clsAttention, DeviceSpan heads, RowSpan query, ObjectTrackerSize size);

    /// <summary>Normalised patches Ẑ [clips, n, d] (rows of length 1, ε = 1e-12) and <c>S = Ẑ Pᵀ</c> [clips, n, k].</summary>
    /// <param name="tokens">Final-norm tokens of frame 0, [clips, tokens, d].</param>
    public abstract void Similarity(DeviceSpan similarity, DeviceSpan normalizedPatches, DeviceSpan prototypes, DeviceSpan tokens, ObjectTrackerSize size);

    /// <summary>Refined prototypes <c>P' = E Ẑ</c> [clips, k, d] from the assignment E [clips, n, k].</summary>
    public abstract void Refine(DeviceSpan refinedPrototypes, DeviceSpan assignment, DeviceSpan normalizedPatches, ObjectTrackerSize size);

    /// <summary>
    /// The three steps between prototypes and their refinement in one call: similarities, Sinkhorn-Knopp's assignment
    /// (<see cref="SinkhornKernels.Forward"/>) and refined prototypes.
    /// </summary>
    /// <param name="normalizedPatches">[clips, n, d]: room for an engine that takes the steps one by one; of undefined content then.</param>
    public abstract void Assign(DeviceSpan refinedPrototypes, DeviceSpan assignment, DeviceSpan similarity, DeviceSpan normalizedPatches, DeviceSpan prototypes, DeviceSpan tokens, ObjectTrackerSize size, float epsilon, int iterations);

    /// <summary>Tracking maps <c>softmax(P' K_tᵀ d^(−1/2))</c> [clips, frames, k, n] for every frame.</summary>
    /// <param name="key">Rows [clips, frames, tokens], CLS included and left out.</param>
    public abstract void TrackingMaps(DeviceSpan maps, DeviceSpan prototypes, RowSpan key, ObjectTrackerSize size);

    /// <summary>Masks [clips, frames, k, n] from the maps: each map is divided by its L2 norm and compared with the threshold.</summary>
    public abstract void Masks(DeviceSpan masks, DeviceSpan maps, ObjectTrackerSize size, MaskThreshold threshold, MaskKind kind);
}
