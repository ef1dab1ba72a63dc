using System.CommandLine;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Knn;

namespace DoRA.Pipeline.Cli;

/// <summary><c>evaluate knn FOLDER</c>.</summary>
internal static class EvaluateKnn
{
    public static Command Create(Terminal terminal)
    {
        EvaluateImageSplitOptions images = new();
        Option<int[]> neighbours = new("--k")
        {
            HelpName = "K", Description = "Neighbours; as often as wanted; default 10, 20, 100 and 200.",
            AllowMultipleArgumentsPerToken = true,
        };
        Command command = new(
            "knn", "Classifies pictures by their nearest neighbours.\nExample: dora evaluate knn imagenet --weights runs/walk");
        images.AddTo(command);
        command.Add(neighbours);
        EvaluateOptions options = new(command);
        command.SetAction((parsed, interruption) => Task.FromResult(Run(new(terminal, options, parsed), parsed, interruption)));
        return command;

        int Run(EvaluateRun run, ParseResult parsed, CancellationToken interruption)
        {
            ImageSplit split = images.Open(parsed);
            CenterCrop crop = images.Crop(parsed);
            IReadOnlyList<int> ks = parsed.GetValue(neighbours) is { Length: > 0 } chosen ? chosen : KnnEvaluation.UsualK;
            return run.Run(encoder =>
            {
                KnnResults results = run.Progress.Run(
                    "pictures", report => KnnEvaluation.Run(encoder, split, crop, ks, report, interruption));
                return new EvaluationOutcome<KnnResults>(
                    "k-NN on CLS tokens", EvaluateImageSplitOptions.Describe(split),
                    new Dictionary<string, object>
                    {
                        ["shortSide"] = crop.ShortSide, ["crop"] = crop.Size, ["temperature"] = KnnClassifier.Temperature,
                    },
                    results, Table(results));
            });
        }
    }

    private static string Table(KnnResults results) => TextTable.Of(
        ["k", "top-1 %", "top-5 %"], results.Scores.Select(score => new[] { $"{score.K}", $"{score.Top1:f2}", $"{score.Top5:f2}" }));
}
