using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Discovery;

namespace DoRA.Pipeline.Cli;

/// <summary><c>evaluate discover IMAGES --boxes …</c>.</summary>
internal static class EvaluateDiscover
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> images = new("IMAGES") { Description = "A folder of pictures." };
        Option<string> boxes = new("--boxes")
        {
            HelpName = "FILE|FOLDER", Description = "COCO json, or a folder of VOC xml or YOLO txt files.", Required = true,
        };
        Option<string[]> methods = new("--method")
        {
            HelpName = "lost|dino-seg|tokencut", Description = "How to look; as often as wanted; default all three.",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> head = new("--head") { HelpName = "N", Description = "Which head's attention DINO-seg looks at, from 0; default 0." };
        Option<int> longest = new("--longest-side")
        {
            HelpName = "PIXELS",
            Description = "Brings larger pictures down, since TokenCut takes long for many patches; default full resolution.",
        };
        Command command = new(
            "discover", "Finds the main object of pictures, without labels.\n"
                + "Example: dora evaluate discover VOC2007/JPEGImages --boxes VOC2007/Annotations --weights runs/walk")
        {
            images, boxes, methods, head, longest,
        };
        EvaluateOptions options = new(command);
        command.SetAction((parsed, interruption) =>
        {
            IReadOnlyList<BoxedPicture> pictures = BoxedPictures.Open(parsed.GetRequiredValue(images), parsed.GetRequiredValue(boxes));
            IReadOnlyList<DiscoveryMethod> chosen = parsed.GetValue(methods) is { Length: > 0 } names
                ? [.. names.Select(Method)]
                : Enum.GetValues<DiscoveryMethod>();
            EvaluateRun run = new(terminal, options, parsed);
            return Task.FromResult(run.Run(encoder =>
            {
                int headNumber = parsed.GetValue(head);
                if (headNumber < 0 || headNumber >= encoder.Configuration.Heads)
                {
                    throw new UserException($"--head is {headNumber}, but the encoder has heads 0 to {encoder.Configuration.Heads - 1}.");
                }

                DiscoverResults results = run.Progress.Run(
                    "pictures", report =>
                        new DiscoverEvaluation(encoder, chosen, headNumber, parsed.GetValue(longest), run.Output)
                            .Run(pictures, report, interruption));
                return new EvaluationOutcome<DiscoverResults>(
                    "Object discovery without labels",
                    $"{parsed.GetRequiredValue(images)}: {pictures.Count} pictures with {pictures.Sum(picture => picture.Boxes.Count)} boxes",
                    new Dictionary<string, object>
                    {
                        ["candidates"] = Lost.Candidates, ["head"] = headNumber, ["longestSide"] = parsed.GetValue(longest),
                    },
                    results, Table(results));
            }));
        });
        return command;
    }

    private static DiscoveryMethod Method(string name) => name switch
    {
        "lost" => DiscoveryMethod.Lost,
        "dino-seg" => DiscoveryMethod.DinoSeg,
        "tokencut" => DiscoveryMethod.TokenCut,
        _ => throw new UserException($"--method is {name}; give lost, dino-seg or tokencut."),
    };

    private static string Table(DiscoverResults results) => TextTable.Of(
        ["method", "CorLoc %", "mean overlap %"],
        results.Scores.Select(score => new[] { score.Method, $"{100 * score.CorLoc:f1}", $"{100 * score.MeanOverlap:f1}" }));
}
