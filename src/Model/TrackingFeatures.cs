using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>What the tracker reads of the teacher's last block.</summary>
public sealed record TrackingFeatures
{
    /// <summary>Frame 0's queries, rows of d for [clips, 1 + n] tokens.</summary>
    public required RowSpan Query { get; init; }

    /// <summary>Every frame's keys, rows of d for [clips, frames, 1 + n] tokens.</summary>
    public required RowSpan Key { get; init; }

    /// <summary>Frame 0's CLS attention, [clips, heads, 1 + n] float32.</summary>
    public required DeviceSpan ClsAttention { get; init; }

    /// <summary>Frame 0's final-norm tokens, [clips, 1 + n, d].</summary>
    public required DeviceSpan Tokens { get; init; }
}
