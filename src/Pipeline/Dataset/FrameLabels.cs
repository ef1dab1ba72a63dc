namespace DoRA.Pipeline.Dataset;

/// <summary>What a label file says of one frame.</summary>
/// <param name="Classes">How many different categories its objects have.</param>
internal sealed record FrameLabels(int Objects, int Classes);
