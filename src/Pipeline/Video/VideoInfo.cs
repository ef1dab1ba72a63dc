using DoRA.Kernels.Augment;

namespace DoRA.Pipeline.Video;

/// <summary>What is known of a video after opening it and decoding its first frame.</summary>
/// <param name="Path">The file.</param>
/// <param name="Codec">FFmpeg's name of the codec: <c>h264</c>, <c>hevc</c>, <c>av1</c>, ...</param>
/// <param name="PixelFormat">FFmpeg's name of the decoder's pixel format: <c>yuv420p10le</c>, ...</param>
/// <param name="Format">How the first frame lies in memory: size, subsampling, depth, range, matrix, rotation.</param>
/// <param name="DurationSeconds">From the first frame's start to the last one's end, by the header; measured where it says nothing.</param>
/// <param name="FramesPerSecond">Average rate; with a variable rate no more than that.</param>
/// <param name="FrameCountEstimate">The count in the header, or else duration times rate.</param>
/// <param name="StartSeconds">The first frame's time on the file's own clock. All other times count from there.</param>
public sealed record VideoInfo(
    string Path, string Codec, string PixelFormat, FrameFormat Format,
    double DurationSeconds, double FramesPerSecond, long FrameCountEstimate, double StartSeconds);
