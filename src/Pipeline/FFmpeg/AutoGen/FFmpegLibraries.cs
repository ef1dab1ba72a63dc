using DoRA.Kernels;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>The same service over the package FFmpeg.AutoGen, which finds the libraries of its one release itself.</summary>
public static class FFmpegLibraries
{
    private static readonly Lazy<FFmpegRelease> Release = new(Find, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Loads the package's release.</summary>
    /// <exception cref="UserException">FFmpeg is missing or of another version; says what to install.</exception>
    public static FFmpegRelease Load() => Release.Value;

    /// <summary>For example <c>7.1 (libavformat 61.7.100)</c>.</summary>
    /// <exception cref="UserException">As <see cref="Load"/>.</exception>
    public static string Version
    {
        get
        {
            FFmpegRelease release = Load();
            uint version = ffmpeg.avformat_version();
            return $"{release.Name} (libavformat {version >> 16}.{version >> 8 & 255}.{version & 255})";
        }
    }

    private static FFmpegRelease Find()
    {
        try
        {
            // Where the system keeps libraries; the package would look beside the program alone.
            ffmpeg.RootPath = "";
            int major = (int)(ffmpeg.avformat_version() >> 16);
            return FFmpegRelease.Known.First(release => release.FormatMajor == major);
        }
        catch (Exception exception) when (exception is NotSupportedException or DllNotFoundException or InvalidOperationException)
        {
            throw new UserException(
                $"This build binds libavformat {ffmpeg.LibraryVersionMap["avformat"]} of FFmpeg, which was not found; install that release, or build without UseFFmpegAutoGen.",
                exception);
        }
    }
}
