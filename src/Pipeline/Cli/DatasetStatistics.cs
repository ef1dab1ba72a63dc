using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Dataset;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Cli;

/// <summary><c>dataset statistics VIDEO|FOLDER …</c>: lightness, motion, shots, objects and classes over time.</summary>
internal static class DatasetStatistics
{
    private const double UsualRate = 2, UsualScore = 0.5;

    public static Command Create(Terminal terminal)
    {
        double usualPictures = new DataSettings().PicturesPerSecond;
        Argument<string[]> videos = new("VIDEO|FOLDER")
        {
            Description = "Videos, folders of them or of pictures, or lists (.txt) of paths.", Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> labels = new("--labels")
        {
            HelpName = "FILE", Description = "Labels or detections of frames in COCO format (JSON), to count objects and classes by.",
        };
        Option<double> score = new("--score")
        {
            HelpName = "SCORE", Description = "Detections below it do not count.", DefaultValueFactory = _ => UsualScore,
        };
        Option<double> rate = new("--rate")
        {
            HelpName = "N", Description = "Frames a second whose lightness and motion are measured.",
            DefaultValueFactory = _ => UsualRate,
        };
        Option<double> pictures = new("--pictures-per-second")
        {
            HelpName = "RATE", Description = "Of folders of pictures, as data.picturesPerSecond.",
            DefaultValueFactory = _ => usualPictures,
        };
        Option<string?> output = new("--output")
        {
            HelpName = "FOLDER", Description = "Where statistics.json and the plots go, which must not exist; default nowhere.",
        };
        Option<bool> json = new("--json") { Description = "All that was measured as JSON instead of the table." };
        Option<bool> verbose = new("--verbose") { Description = "Says where an error came from." };
        Command command = new(
            "statistics", "The paper's statistics of videos: lightness over time, motion, shots, objects and classes a frame.\n"
                + "Example: dora dataset statistics walk.mp4 --labels detections.json --output walk-statistics")
        {
            videos, labels, score, rate, pictures, output, json, verbose,
        };
        command.SetAction((parsed, interruption) =>
        {
            Survey survey = new(
                parsed.GetRequiredValue(videos), parsed.GetValue(labels), parsed.GetValue(score), parsed.GetValue(rate), parsed.GetValue(pictures),
                parsed.GetValue(output));
            VideoStatistics[] found = Run(survey, terminal, interruption);
            string content = ResultJson.Of(new { measures = VideoSurvey.Measures, samplesPerSecond = survey.Rate, videos = found });
            if (survey.Output is { } folder)
            {
                AtomicFile.WriteText(Path.Combine(folder, "statistics.json"), content);
                StatisticsPlots.Write(folder, found);
            }

            terminal.Result(parsed.GetValue(json) ? content : Table(found, survey.Rate));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static VideoStatistics[] Run(Survey survey, Terminal terminal, CancellationToken interruption)
    {
        if (!(survey.Rate > 0 && survey.Rate <= 1 / VideoSurvey.MotionSeconds && survey.PicturesPerSecond > 0))
        {
            throw new UserException(
                $"--rate is {survey.Rate} and --pictures-per-second {survey.PicturesPerSecond}; "
                + $"give rates above 0, and of measured frames at most {1 / VideoSurvey.MotionSeconds}.");
        }

        if (survey.Output is { } folder)
        {
            OutputPath.RequireFree(folder, "The output folder ");
        }

        CocoLabels? labels = survey.Labels is null ? null : CocoLabels.Load(survey.Labels, survey.Score);
        VideoReaderOptions options = new() { PicturesPerSecond = survey.PicturesPerSecond, Threads = Environment.ProcessorCount };
        VideoCollection collection = VideoCollection.Open(survey.Videos, options);
        foreach ((_, string reason) in collection.LeftOut)
        {
            terminal.Say($"Left out: {reason}");
        }

        IReadOnlyList<IReadOnlyDictionary<long, FrameLabels>>? labelled = labels?.Of(collection.Videos);
        return [.. collection.Videos.Select((video, i) =>
        {
            terminal.Say($"Reading '{video.Path}'");
            return new WorkProgress(terminal).Run("seconds of video", report => new VideoSurvey(options, survey.Rate).Run(
                video.Path, labelled?[i] ?? new Dictionary<long, FrameLabels>(), report, interruption));
        })];
    }

    private static string Table(VideoStatistics[] videos, double rate) =>
        TextTable.Of(
            ["video", "length", "frames", "lightness", "from", "to", "motion", "shots", "mean shot", "objects", "classes"],
            videos.Select(video => new[]
            {
                Path.GetFileName(video.Video), TourCheck.Clock(video.Seconds), $"{video.Frames}", Of(video.Lightness, 1),
                $"{video.Lightness?.Least:f1}", $"{video.Lightness?.Most:f1}", Of(video.Motion, 3), $"{video.Shots}", $"{video.Seconds / video.Shots:f1} s",
                Of(video.Objects, 1), Of(video.Classes, 1),
            }))
        + $"\nMean ± deviation; lightness is CIE L*, motion in shorter sides a second ({rate:0.##} frames/s measured), "
        + "objects and classes of labelled frames.";

    private static string Of(Spread? spread, int digits) =>
        spread is null ? "-" : $"{spread.Mean.ToString($"f{digits}")} ± {spread.Deviation.ToString($"f{digits}")}";

    private sealed record Survey(string[] Videos, string? Labels, double Score, double Rate, double PicturesPerSecond, string? Output);
}
