using System.Runtime.InteropServices;
using DoRA.Kernels;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>Finds and loads FFmpeg's shared libraries, once a process.</summary>
public static class FFmpegLibraries
{
    // The task is not kept when it throws, so that a later call looks again.
    private static readonly Lazy<FFmpegRelease> Release = new(Find, LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<string> VersionText = new(ReadVersion);

    /// <summary>Loads the newest release that works.</summary>
    /// <exception cref="UserException">FFmpeg is missing or of an unknown version; says what to install.</exception>
    public static FFmpegRelease Load() => Release.Value;

    /// <summary>For example <c>5.1 (libavformat 59.27.100)</c>.</summary>
    /// <exception cref="UserException">As <see cref="Load"/>.</exception>
    public static string Version => VersionText.Value;

    internal static nint Handle(string library) =>
        library is "avformat" or "avcodec" or "avutil" or "swscale" ? NativeLibrary.Load(Load().FileName(library)) : 0;

    private static FFmpegRelease Find()
    {
        const string systemFile = "/etc/os-release";
        return FFmpegAdvice.Choose(
            name => NativeLibrary.TryLoad(name, out _), File.Exists(systemFile) ? File.ReadAllText(systemFile) : "");
    }

    private static string ReadVersion()
    {
        FFmpegRelease release = Load();
        uint version = ffmpeg.avformat_version();
        return $"{release.Name} (libavformat {version >> 16}.{version >> 8 & 255}.{version & 255})";
    }
}
