using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>
/// What the tracker found, step by step; all float32. Without Sinkhorn the members between prototypes and maps are absent.
/// </summary>
public sealed record TrackedObjects
{
    /// <summary>P, [clips, k, d].</summary>
    public required DeviceSpan Prototypes { get; init; }

    /// <summary>S, [clips, n, k].</summary>
    public DeviceSpan Similarity { get; init; }

    /// <summary>E, [clips, n, k]: each patch's shares sum to 1.</summary>
    public DeviceSpan Assignment { get; init; }

    /// <summary>P', [clips, k, d].</summary>
    public DeviceSpan RefinedPrototypes { get; init; }

    /// <summary>[clips, frames, k, n].</summary>
    public DeviceSpan Maps { get; init; }

    /// <summary>[clips, frames, k, n].</summary>
    public DeviceSpan Masks { get; init; }
}
