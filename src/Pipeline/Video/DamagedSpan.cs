namespace DoRA.Pipeline.Video;

/// <summary>A stretch of a video whose pictures are not what was filmed: lost, or decoded from something that was lost.</summary>
/// <param name="From">Seconds from the video's first frame to the start of the first picture that is missing.</param>
/// <param name="To">To the start of the first good one after it.</param>
public readonly record struct DamagedSpan(double From, double To);
