using System.CommandLine;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Cli;

/// <summary><c>inspect FILE</c>: all about a video, and what training would do with it.</summary>
internal static class InspectCommand
{
    private const int SpansShown = 10;

    public static Command Create(Terminal terminal)
    {
        Argument<string> file = new("FILE") { Description = "A video." };
        Option<bool> json = new("--json") { Description = "Results as JSON." };
        Option<bool> verbose = new("--verbose") { Description = "Says where an error came from." };
        Command command = new(
            "inspect",
            "A video's doctor: decodes it whole and tells format, rate, timestamps, key frames, duplicates, damage, and what training would do with it.\n"
                + "Example: dora inspect walk.mp4")
        {
            file, json, verbose,
        };
        command.SetAction((parsed, interruption) =>
        {
            VideoInspection inspection = new WorkProgress(terminal).Run(
                "seconds of video", report => VideoInspector.Inspect(parsed.GetRequiredValue(file), new(), report, interruption));
            terminal.Result(parsed.GetValue(json) ? ResultJson.Of(inspection) : Text(inspection));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static string Text(VideoInspection video)
    {
        (PictureFacts picture, TimingFacts timing) = (video.Picture, video.Timing);
        (string Name, string Value)[] lines =
        [
            ("file", video.Path),
            ("container", $"{video.Container}, {video.Bytes / 1e6:0.#} MB, {video.Bytes * 8 / timing.Seconds / 1e6:0.##} Mbit/s"),
            ("codec", video.Codec),
            ("picture", $"{picture.Width}×{picture.Height}{(picture.Rotation == 0 ? "" : $", to be turned by {picture.Rotation}°")}"),
            ("pixels", $"{picture.PixelFormat}, {picture.BitDepth} bits"),
            ("colours", $"{picture.DynamicRange} dynamic range, transfer {picture.Transfer}, primaries {picture.Primaries}"),
            ("interlaced", video.InterlacedFrames == 0 ? "no" : $"{video.InterlacedFrames} frames"),
            ("duration", $"{timing.Seconds:0.###} s (header: {timing.DeclaredSeconds:0.###} s)"),
            ("frames", $"{timing.Frames}"),
            ("rate", $"{(timing.IsConstant ? "constant" : "variable")}, measured {timing.MeasuredRate:0.###}, average {timing.AverageRate:0.###}, nominal {timing.NominalRate:0.###} Hz"),
            ("key frames", $"{video.KeyFrames}, at most {video.LongestKeySpacing:0.##} s apart"),
            ("first time", $"{timing.StartSeconds:0.###} s on the file's clock"),
            ("edit list", timing.CutByEditList == 0 ? "leaves nothing out" : $"leaves out {timing.CutByEditList} frames"),
            ("timestamps", $"{timing.Unstamped} missing, {timing.Backwards} backwards, {timing.Repeated} repeated"),
            ("gaps", Spans(timing.Gaps)),
            ("duplicates", $"{video.DuplicateFrames} frames equal the one before"),
            ("damage", Spans(video.Damage)),
            ("training", string.Join("\n            ", video.Training.Sentences.Prepend(video.Training.IsRefused ? "Refused." : "Accepted."))),
        ];
        return string.Join('\n', lines.Select(line => $"{line.Name,-12}{line.Value}"));
    }

    private static string Spans(IReadOnlyList<VideoSpan> spans) => spans.Count == 0
        ? "none"
        : $"{spans.Sum(span => span.To - span.From):0.##} s in {spans.Count} {(spans.Count == 1 ? "span" : "spans")}: "
            + string.Join(", ", spans.Take(SpansShown).Select(span => $"{span.From:0.##}–{span.To:0.##}")) + (spans.Count > SpansShown ? ", …" : "");
}
