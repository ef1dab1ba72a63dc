namespace DoRA.Pipeline.Evaluation.VideoObjects;

/// <summary>How labels are carried from frame to frame; the defaults are those of DINO's DAVIS protocol.</summary>
/// <param name="LastFrames">Frames remembered beside the first.</param>
/// <param name="Radius">Rows and columns of patches that the window reaches to each side.</param>
/// <param name="Neighbours">k.</param>
/// <param name="Temperature">Affinity is exp(cosine/temperature).</param>
/// <param name="ShortSide">Pixels that the short side is brought to; the long side is floored to a multiple of 64.</param>
public sealed record PropagationSettings(
    int LastFrames = 7, int Radius = 12, int Neighbours = 5, double Temperature = 0.1, int ShortSide = 480);
