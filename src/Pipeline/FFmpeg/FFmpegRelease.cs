namespace DoRA.Pipeline.Video;

/// <summary>A release of FFmpeg by the major versions of its four libraries, which always come together.</summary>
/// <param name="Name">The release as people call it.</param>
/// <param name="FormatMajor">Major version of libavformat, and of libavcodec, which counts alike.</param>
/// <param name="UtilMajor">Major version of libavutil.</param>
/// <param name="ScaleMajor">Major version of libswscale.</param>
public sealed record FFmpegRelease(string Name, int FormatMajor, int UtilMajor, int ScaleMajor)
{
    /// <summary>The releases that work, newest first.</summary>
    public static IReadOnlyList<FFmpegRelease> Known { get; } =
    [
        new("7.1", 61, 59, 8),
        new("6.1", 60, 58, 7),
        new("5.1", 59, 57, 6),
    ];

    /// <summary>The file name under which the system's loader finds a library.</summary>
    /// <param name="library"><c>avformat</c>, <c>avcodec</c>, <c>avutil</c> or <c>swscale</c>.</param>
    public string FileName(string library) => library switch
    {
        "avformat" or "avcodec" => $"lib{library}.so.{FormatMajor}",
        "avutil" => $"libavutil.so.{UtilMajor}",
        _ => $"libswscale.so.{ScaleMajor}",
    };

    public IReadOnlyList<string> FileNames => [FileName("avformat"), FileName("avcodec"), FileName("avutil"), FileName("swscale")];
}
