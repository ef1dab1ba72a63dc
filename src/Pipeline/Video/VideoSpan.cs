namespace DoRA.Pipeline.Video;

/// <summary>A stretch of a video, in seconds from its first frame.</summary>
/// <param name="From">Where it begins. If it is damaged: the start of the first picture that is lost, or decoded from something that was lost.</param>
/// <param name="To">The first time after it: the start of the next good picture.</param>
public readonly record struct VideoSpan(double From, double To);
