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
    double DurationSeconds, double FramesPerSecond, long FrameCountEstimate, double StartSeconds)
{
    /// <summary>FFmpeg's name of the transfer characteristic: <c>bt709</c>, <c>smpte2084</c> (PQ), <c>arib-std-b67</c> (HLG), ..., or <c>unknown</c>.</summary>
    public string Transfer { get; init; } = "unknown";

    /// <summary>FFmpeg's name of the colour primaries: <c>bt709</c>, <c>bt2020</c>, ..., or <c>unknown</c>.</summary>
    public string Primaries { get; init; } = "unknown";

    /// <summary>Whether frames are of high dynamic range, and so tone-mapped where they are read.</summary>
    public bool IsHdr => Transfer is "smpte2084" or "arib-std-b67";
}
