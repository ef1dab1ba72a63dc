using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DoRA.Pipeline.Video;

/// <summary>How a proxy is made: with the source's bytes, all that its own bytes depend on but for FFmpeg's version.</summary>
/// <param name="ShortSide">Shorter side of its frames in pixels; smaller videos keep their size.</param>
/// <param name="SegmentSeconds">Seconds of the source in a file: what a kill loses at most of each worker's work.</param>
public sealed record ProxyRecipe(int ShortSide, double SegmentSeconds = 30)
{
    // Counts up whenever the format or the encoder's settings change.
    private const int Version = 2;

    // JPEG's quantiser as FFmpeg counts it, 1 to 31: what docs/proxy.md gives PSNR and size for.
    private const string Quantiser = "2";

    private const int TicksPerSecond = 90_000;

    /// <summary>The name of the proxy's folder.</summary>
    /// <param name="sourceSha256">As <see cref="VideoHash"/> gives it.</param>
    /// <param name="picturesPerSecond">The rate, where the source is a folder of pictures.</param>
    public string Key(string sourceSha256, double? picturesPerSecond)
    {
        string text = string.Create(CultureInfo.InvariantCulture,
            $"dora proxy {Version}: {sourceSha256} at {picturesPerSecond} Hz, {ShortSide} px, {SegmentSeconds} s, mjpeg {Quantiser}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
    }

    /// <summary>Which segment a frame belongs to.</summary>
    internal int SegmentOf(double seconds) => (int)Math.Floor(seconds / SegmentSeconds);

    internal static long Ticks(double seconds) => (long)Math.Round(seconds * TicksPerSecond);

    // One thread, so that slices do not depend on the machine; samples are stored as they are, whatever range JPEG means.
    internal static VideoEncoding EncodingOf(int width, int height, double framesPerSecond) => new(
        "mjpeg", "mp4", "yuvj420p", width, height, TicksPerSecond, (int)Ticks(1 / framesPerSecond),
        [("qmin", Quantiser), ("qmax", Quantiser), ("threads", "1")]);
}
