using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Dataset;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Cli;

/// <summary><c>dataset walking-tours</c>: the ten videos of the paper, and a folder of downloads checked against them.</summary>
internal static class DatasetWalkingTours
{
    public static Command Create(Terminal terminal)
    {
        Option<string?> check = new("--check")
        {
            HelpName = "FOLDER", Description = "Your downloads, named after the page's id or the video; each is compared with the list.",
        };
        Option<bool> json = new("--json") { Description = "Results as JSON." };
        Option<bool> verbose = new("--verbose") { Description = "Says where an error came from." };
        Command command = new(
            "walking-tours", "The ten videos that the paper trains on. Exit code 1 when a checked folder is not all of them, as published.\n"
                + "Example: dora dataset walking-tours --check downloads")
        {
            check, json, verbose,
        };
        command.SetAction(parsed =>
        {
            WalkingTours tours = WalkingTours.Published;
            if (parsed.GetValue(check) is not { } folder)
            {
                terminal.Result(parsed.GetValue(json) ? ResultJson.Of(tours) : List(tours));
                return ExitCode.Done;
            }

            if (!Directory.Exists(folder))
            {
                throw new UserException($"There is no folder '{folder}'; name with --check the one that your downloads are in.");
            }

            VideoCollection downloads = VideoCollection.Open([folder]);
            TourCheck found = TourCheck.Of(tours, downloads.Videos, [.. downloads.LeftOut.Select(file => file.Reason)]);
            terminal.Result(parsed.GetValue(json) ? ResultJson.Of(found) : Findings(found));
            return found.IsComplete ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static string List(WalkingTours tours) =>
        $"""
        {tours.Name}: {tours.Videos.Count} videos, {tours.Width}×{tours.Height} at {tours.FramesPerSecond} frames/s, {TourCheck.Clock(60 * tours.MeanMinutes)} on average
        Licence: {tours.Licence}; list: {tours.Source}

        {TextTable.Of(["video", "length", "page"], tours.Videos.Select(video => new[]
        {
            video.Name, video.Minutes is { } minutes ? TourCheck.Clock(60 * minutes) : "unknown", video.Page,
        }))}

        Of the lengths the shortest, the longest and the mean are published.
        """;

    private static string Findings(TourCheck check)
    {
        string table = TextTable.Of(["video", "length", "published", "pixels", "frames/s", "finding"], check.Videos.Select(finding => new[]
        {
            finding.Video.Name,
            finding.Seconds is { } seconds ? TourCheck.Clock(seconds) : "",
            finding.Video.Minutes is { } minutes ? TourCheck.Clock(60 * minutes) : "unknown",
            finding.Width is null ? "" : $"{finding.Width}×{finding.Height}",
            finding.FramesPerSecond is null ? "" : $"{finding.FramesPerSecond:0.##}",
            finding.File is null ? "missing" : finding.Problems.Count == 0 ? "as published" : "differs",
        }));
        string[] notes =
        [
            .. check.Videos.SelectMany(finding => finding.Problems.Select(problem => $"{finding.Video.Name}: {problem}")),
            .. check.Videos.Where(finding => finding is { File: not null, Video.Minutes: null })
                .Select(finding => $"{finding.Video.Name}: its length is {finding.Length}"),
            .. check.Problems,
            .. check.Unreadable,
            .. check.Unknown.Select(file => $"'{file}' is none of the ten by its name."),
        ];
        int found = check.Videos.Count(finding => finding.File is not null);
        string verdict = check.IsComplete
            ? "All ten are there, as published."
            : $"{found} of {check.Videos.Count} are there; see above what is missing or differs.";
        return string.Join('\n', [table, "", .. notes, verdict]);
    }
}
