namespace DoRA.Pipeline.Video;

/// <summary>How pictures become a file.</summary>
/// <param name="Encoder">FFmpeg's name of the encoder: <c>mjpeg</c>, <c>libx264</c>, ...</param>
/// <param name="Container">FFmpeg's name of the container: <c>mp4</c>, <c>matroska</c>, ...</param>
/// <param name="PixelFormat">FFmpeg's name of the pixel format that the encoder takes; planar 8-bit 4:2:0.</param>
/// <param name="Width">Luma width in samples, even.</param>
/// <param name="Height">Luma height in samples, even.</param>
/// <param name="TicksPerSecond">The clock that timestamps count in.</param>
/// <param name="FrameTicks">How long a frame is shown, for the last one at least.</param>
/// <param name="Options">Of the encoder, by FFmpeg's names.</param>
internal sealed record VideoEncoding(
    string Encoder, string Container, string PixelFormat, int Width, int Height, int TicksPerSecond, int FrameTicks,
    IReadOnlyList<(string Name, string Value)> Options);
