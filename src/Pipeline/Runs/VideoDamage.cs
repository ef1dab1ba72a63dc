using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Runs;

/// <summary>What of a video was found damaged and left out.</summary>
/// <param name="Video">Name of the file.</param>
/// <param name="Seconds">Length of the spans in all.</param>
/// <param name="Spans">In seconds from the first frame. Where the video was read at random, those that a clip fell on.</param>
public sealed record VideoDamage(string Video, double Seconds, IReadOnlyList<VideoSpan> Spans);
