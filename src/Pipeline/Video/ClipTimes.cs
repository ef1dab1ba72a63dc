namespace DoRA.Pipeline.Video;

/// <summary>Where a clip lies.</summary>
/// <param name="Video">Index in <see cref="VideoCollection.Videos"/>.</param>
/// <param name="Seconds">The time of each frame, from the video's first frame.</param>
public readonly record struct ClipTimes(int Video, double[] Seconds);
