namespace DoRA.Pipeline.Configuration;

/// <summary>Where the released code does not do what the paper says, whose way is taken; <c>tracker.maskKind</c> belongs here too.</summary>
public sealed record FidelitySettings
{
    [Setting("paper, or official: the released code; it sets the switches below")]
    public FidelityPreset Preset { get; init; } = FidelityPreset.Paper;

    [Setting("official: local view 0 is left out of the loss")]
    public bool SkipFirstLocal { get; init; }

    [Setting("official: a frame's running loss is carried from object to object, so that they weigh unequally")]
    public bool CarryObjectLoss { get; init; }

    [Setting("official: the mask's threshold is the mean over the whole batch, not of each image")]
    public bool BatchThreshold { get; init; }

    [Setting("official: all clips of a step draw the same heads")]
    public bool SharedHeads { get; init; }
}
