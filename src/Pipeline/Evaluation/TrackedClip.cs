namespace DoRA.Pipeline.Evaluation;

/// <summary>Objects found in a clip's first frame and followed through it.</summary>
/// <param name="Frames">T.</param>
/// <param name="Objects">k.</param>
/// <param name="Rows">Rows of patches.</param>
/// <param name="Columns">Columns of patches.</param>
/// <param name="Maps">Tracking maps [T, k, n].</param>
/// <param name="Masks">[T, k, n]: 1 or 0, or something between where masks are soft.</param>
public sealed record TrackedClip(int Frames, int Objects, int Rows, int Columns, float[] Maps, float[] Masks)
{
    /// <summary>S, [n, k]: likeness of the first frame's patches to the prototypes; empty without Sinkhorn.</summary>
    public float[] Similarity { get; init; } = [];

    /// <summary>E, [n, k]: each patch's shares in the objects; empty without Sinkhorn.</summary>
    public float[] Assignment { get; init; } = [];

    /// <summary>n.</summary>
    public int Patches => Rows * Columns;

    /// <summary>An object's mask in a frame, [n].</summary>
    public ReadOnlySpan<float> Mask(int frame, int item) => Masks.AsSpan(((frame * Objects) + item) * Patches, Patches);
}
