using DoRA.Kernels.ObjectTracker;

namespace DoRA.Model;

/// <summary>
/// Where the released code and the paper disagree, a switch each. The default is <see cref="Paper"/>.
/// </summary>
public sealed record Fidelity
{
    public static Fidelity Paper { get; } = new();

    /// <summary>What the released code computes.</summary>
    public static Fidelity Official { get; } = new()
    {
        SkipsFirstLocalView = true,
        CarriesFrameLoss = true,
        Threshold = MaskThreshold.PerBatch,
        DrawsHeadsPerBatch = true,
    };

    /// <summary>Local view 0 counts for nothing in the loss.</summary>
    public bool SkipsFirstLocalView { get; init; }

    /// <summary>A frame's running loss is not reset between objects, so that earlier objects weigh more.</summary>
    public bool CarriesFrameLoss { get; init; }

    /// <summary>Where a mask's threshold comes from: the map's own mean, or the mean over the batch.</summary>
    public MaskThreshold Threshold { get; init; } = MaskThreshold.PerImage;

    /// <summary>Hard masks as released, or soft ones.</summary>
    public MaskKind Mask { get; init; } = MaskKind.Hard;

    /// <summary>One draw of heads for the whole batch instead of one a clip.</summary>
    public bool DrawsHeadsPerBatch { get; init; }
}
