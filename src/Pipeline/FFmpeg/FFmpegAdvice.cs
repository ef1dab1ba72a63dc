using DoRA.Kernels;

namespace DoRA.Pipeline.Video;

/// <summary>Which of FFmpeg's releases to take from those found, and what to tell a user who has none that works.</summary>
public static class FFmpegAdvice
{
    /// <summary>The newest release of <see cref="FFmpegRelease.Known"/> whose libraries are all there.</summary>
    /// <param name="isThere">Says whether a library of this file name (<c>libavformat.so.59</c>) can be loaded.</param>
    /// <param name="osRelease">The text of <c>/etc/os-release</c>, for the name of the package to install.</param>
    /// <exception cref="UserException">Nothing was found, a library is missing, or only unknown versions are there.</exception>
    public static FFmpegRelease Choose(Func<string, bool> isThere, string osRelease)
    {
        foreach (FFmpegRelease release in FFmpegRelease.Known)
        {
            if (release.FileNames.All(isThere))
                return release;
        }

        foreach (FFmpegRelease release in FFmpegRelease.Known.Where(release => isThere(release.FileName("avformat"))))
        {
            string missing = string.Join(", ", release.FileNames.Where(name => !isThere(name)));
            throw new UserException($"FFmpeg {release.Name} is installed in part: {missing} is missing; {Install(osRelease)}.");
        }

        string[] versions = [.. Enumerable.Range(50, 30).Where(major => isThere($"libavformat.so.{major}")).Select(major => $"{major}")];
        throw new UserException(versions.Length == 0
            ? $"FFmpeg's libraries, which read videos, are not installed; {Install(osRelease)}."
            : $"FFmpeg's library libavformat {string.Join(", ", versions)} is of a version that this program does not know; "
              + $"FFmpeg {WorkingVersions} work; {Install(osRelease)}.");
    }

    /// <summary>The versions that work, for a sentence.</summary>
    public static string WorkingVersions =>
        string.Join(", ", FFmpegRelease.Known.Select(release => $"{release.Name} (libavformat {release.FormatMajor})"));

    /// <summary>What to do to get FFmpeg's libraries on a system, as a part of a sentence.</summary>
    /// <param name="osRelease">The text of <c>/etc/os-release</c>.</param>
    public static string Install(string osRelease) => AptPackages(osRelease) is { } packages
        ? $"install them with 'sudo apt-get install {packages}'"
        : "install FFmpeg 7.1, 6.1 or 5.1 with this system's package manager";

    /// <summary>The packages that hold the libraries on Debian and Ubuntu, or null on a system without apt.</summary>
    /// <param name="osRelease">The text of <c>/etc/os-release</c>.</param>
    public static string? AptPackages(string osRelease)
    {
        Dictionary<string, string> fields = osRelease.Split('\n')
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .DistinctBy(pair => pair[0])
            .ToDictionary(pair => pair[0], pair => pair[1].Trim().Trim('"'));
        string id = fields.GetValueOrDefault("ID", "");
        string[] family = [id, .. fields.GetValueOrDefault("ID_LIKE", "").Split(' ')];
        return (id, fields.GetValueOrDefault("VERSION_ID", "")) switch
        {
            ("debian", "12") => "libavformat59 libswscale6",
            ("debian", "13") => "libavformat61 libswscale8",
            ("ubuntu", "24.04") => "libavformat60 libswscale7",
            _ when family.Contains("debian") || family.Contains("ubuntu") => "ffmpeg",
            _ => null,
        };
    }
}
