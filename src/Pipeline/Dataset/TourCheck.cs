using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Dataset;

/// <summary>A video of the data set and what was found of it.</summary>
/// <param name="File">Null when it is missing.</param>
/// <param name="Length">What its length was compared with, and that it could not be.</param>
/// <param name="Problems">Sentences; none for a file that is as published.</param>
public sealed record TourFinding(
    TourVideo Video, string? File, double? Seconds, int? Width, int? Height, double? FramesPerSecond, string Length, IReadOnlyList<string> Problems);

/// <summary>A user's downloads beside the published list.</summary>
/// <param name="Unknown">Videos of the folder that are none of the ten.</param>
/// <param name="Unreadable">Files of the folder that cannot be read as videos, with the reason.</param>
/// <param name="Problems">Of the whole.</param>
public sealed record TourCheck(
    IReadOnlyList<TourFinding> Videos, IReadOnlyList<string> Unknown, IReadOnlyList<string> Unreadable, IReadOnlyList<string> Problems)
{
    /// <summary>The authors give whole minutes, and do not say how they round.</summary>
    private const double LengthTolerance = 60;

    /// <summary>59.94 counts as 60.</summary>
    private const double RateTolerance = 0.1;

    /// <summary>Whether all ten are there and as published.</summary>
    public bool IsComplete => Problems.Count == 0 && Videos.All(video => video.Problems.Count == 0);

    /// <param name="videos">Of the folder.</param>
    /// <param name="unreadable">Why other files of it are none.</param>
    public static TourCheck Of(WalkingTours tours, IReadOnlyList<VideoInfo> videos, IReadOnlyList<string> unreadable)
    {
        HashSet<VideoInfo> taken = [];
        TourFinding[] findings = [.. tours.Videos.Select(video => Find(tours, video, videos, taken))];
        double mean = findings.Average(finding => finding.Seconds ?? double.NaN);
        bool isMeanOff = Math.Abs(mean - (60 * tours.MeanMinutes)) > LengthTolerance;
        return new(
            findings,
            [.. videos.Where(video => !taken.Contains(video)).Select(video => video.Path)],
            unreadable,
            isMeanOff ? [$"The ten last {Clock(mean)} on average, published is {Clock(60 * tours.MeanMinutes)}."] : []);
    }

    /// <summary>As 1:38:00.</summary>
    public static string Clock(double seconds)
    {
        TimeSpan time = TimeSpan.FromSeconds(Math.Round(seconds));
        return $"{(int)time.TotalHours}:{time:mm\\:ss}";
    }

    private static TourFinding Find(WalkingTours tours, TourVideo video, IReadOnlyList<VideoInfo> files, HashSet<VideoInfo> taken)
    {
        VideoInfo[] matches = [.. files.Where(file => video.Match(file.Path) > 0).OrderByDescending(file => video.Match(file.Path))];
        if (matches.Length == 0)
        {
            return new(video, null, null, null, null, null, Length(tours, video), [$"missing: download {video.Page}"]);
        }

        taken.UnionWith(matches);
        VideoInfo file = matches[0];
        List<string> problems = [];
        if (matches.Length > 1)
        {
            problems.Add($"{string.Join(", ", matches.Skip(1).Select(other => Path.GetFileName(other.Path)))} may be the same video; keep one");
        }

        (double least, double most) = (60.0 * (video.Minutes ?? tours.LeastMinutes), 60.0 * (video.Minutes ?? tours.MostMinutes));
        if (!(file.DurationSeconds >= least - LengthTolerance && file.DurationSeconds <= most + LengthTolerance))
        {
            problems.Add($"lasts {Clock(file.DurationSeconds)}, published is {(least == most ? Clock(least) : $"{Clock(least)} to {Clock(most)}")}");
        }

        if ((file.Format.DisplayWidth, file.Format.DisplayHeight) != (tours.Width, tours.Height))
        {
            problems.Add($"{file.Format.DisplayWidth}×{file.Format.DisplayHeight} pixels, published is {tours.Width}×{tours.Height}");
        }

        if (!(Math.Abs(file.FramesPerSecond - tours.FramesPerSecond) <= RateTolerance))
        {
            problems.Add($"{file.FramesPerSecond:0.##} frames/s, published is {tours.FramesPerSecond:0.##}");
        }

        return new(
            video, file.Path, file.DurationSeconds, file.Format.DisplayWidth, file.Format.DisplayHeight, file.FramesPerSecond,
            Length(tours, video), problems);
    }

    private static string Length(WalkingTours tours, TourVideo video) => video.Minutes is { } minutes
        ? $"{Clock(60 * minutes)}"
        : $"unknown (not compared beyond {Clock(60 * tours.LeastMinutes)} to {Clock(60 * tours.MostMinutes)})";
}
