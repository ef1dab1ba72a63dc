namespace DoRA.Pipeline.Video;

/// <summary>All that is known of a video once it was decoded whole. Times are seconds from its first frame. The fields: docs/videos.md.</summary>
public sealed record VideoInspection(
    string Path, long Bytes, string Container, string Codec, PictureFacts Picture, TimingFacts Timing, long KeyFrames, double LongestKeySpacing,
    long DuplicateFrames, long InterlacedFrames, double DamagedSeconds, IReadOnlyList<VideoSpan> Damage, double FrameMilliseconds, TrainingUse Training);

/// <summary>How pictures are stored.</summary>
/// <param name="Width">As stored, before rotation.</param>
/// <param name="Height">As stored, before rotation.</param>
/// <param name="Rotation">Degrees clockwise to turn pictures for showing them.</param>
/// <param name="PixelFormat">FFmpeg's name.</param>
/// <param name="Transfer">FFmpeg's name of the transfer characteristic.</param>
/// <param name="DynamicRange"><c>standard</c>, <c>PQ</c> or <c>HLG</c>.</param>
public sealed record PictureFacts(
    int Width, int Height, int Rotation, string PixelFormat, int BitDepth, string Transfer, string Primaries, string DynamicRange);

/// <summary>When pictures are shown.</summary>
/// <param name="DeclaredSeconds">Duration by the header.</param>
/// <param name="Seconds">From the first good frame's start to the last one's end.</param>
/// <param name="Frames">Those that can be decoded as they were filmed.</param>
/// <param name="NominalRate">Frames a second that the container names.</param>
/// <param name="AverageRate">Frames a second by the header: number over duration.</param>
/// <param name="MeasuredRate">From the mean time between frames, without damaged spans.</param>
/// <param name="IsConstant">Whether the times between frames differ by no more than a tick of the container's clock and 1 %.</param>
/// <param name="StartSeconds">The first frame's time on the file's own clock: above or below zero for late and negative starts.</param>
/// <param name="Gaps">Spans without a frame longer than a second and ten frames, damage left out.</param>
/// <param name="Unstamped">Packets without a time.</param>
/// <param name="Backwards">Packets whose time of decoding is before that of the packet before.</param>
/// <param name="Repeated">Packets shown at the time of another.</param>
/// <param name="CutByEditList">Frames that an edit list leaves out.</param>
public sealed record TimingFacts(
    double DeclaredSeconds, double Seconds, long Frames, double NominalRate, double AverageRate, double MeasuredRate, bool IsConstant, double StartSeconds,
    IReadOnlyList<VideoSpan> Gaps, long Unstamped, long Backwards, long Repeated, long CutByEditList);

/// <summary>What training does with a video.</summary>
/// <param name="IsRefused">Whether it is refused.</param>
/// <param name="Sentences">How it is used, or why not.</param>
public sealed record TrainingUse(bool IsRefused, IReadOnlyList<string> Sentences);
