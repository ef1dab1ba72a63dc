using System.Runtime.InteropServices;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>FFmpeg's error codes in words.</summary>
internal static unsafe class FFmpegError
{
    // The system's ENOSPC, on Linux, macOS and Windows.
    private const int NoSpaceLeft = 28;

    public static bool IsDiskFull(int code) => code == ffmpeg.AVERROR(NoSpaceLeft);

    public static string Text(int code)
    {
        byte* text = stackalloc byte[128];
        _ = ffmpeg.av_strerror(code, text, 128); // It writes a text for unknown codes too.
        return Marshal.PtrToStringUTF8((nint)text) ?? $"error {code}";
    }

    /// <summary>For calls that fail only when memory is short or the code is wrong.</summary>
    public static void Check(int code, string what)
    {
        if (code < 0)
            throw new InvalidOperationException($"FFmpeg could not {what}: {Text(code)}");
    }
}
