using System.CommandLine;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Segmentation;

namespace DoRA.Pipeline.Cli;

/// <summary><c>evaluate segment [FOLDER]</c>.</summary>
internal static class EvaluateSegment
{
    private static readonly SegmentationSettings Usual = new();

    public static Command Create(Terminal terminal)
    {
        Argument<string?> folder = new("FOLDER") { Description = "ADE20K or CamVid as published.", Arity = ArgumentArity.ZeroOrOne };
        Option<string[]> train = Pair("--train", "Pictures and label files to learn from, in place of FOLDER.");
        Option<string[]> test = Pair("--test", "Pictures and label files to be tested on, in place of FOLDER.");
        Option<bool> reduce =
            new("--reduce-zero-label") { Description = "Labels count from 1, and 0 does not count (ADE20K is read so anyway)." };
        Option<int> classes =
            new("--classes") { HelpName = "N", Description = "How many; default what the training labels hold, 150 for ADE20K." };
        Option<int> steps = EvaluateOptions.Number("--steps", "Steps of training", Usual.Steps);
        Option<int> batch = EvaluateOptions.Number("--batch", "Crops a step", Usual.Batch);
        Option<int> crop = EvaluateOptions.Number("--crop", "Side of the crops and of the test's window, in pixels", Usual.Crop);
        Option<int> blocks = EvaluateOptions.Number("--blocks", "Last blocks whose patch tokens are put side by side", Usual.Blocks);
        Option<int> seed = EvaluateOptions.Number("--seed", "Where the crops and the first weights come from", Usual.Seed);
        Option<double> rate = new("--learning-rate")
        {
            HelpName = "RATE", Description = "The learning rate.", DefaultValueFactory = _ => Usual.LearningRate,
        };
        Command command = new(
            "segment", "Trains a linear head on frozen patch tokens to label pixels.\n"
                + "Example: dora evaluate segment ADEChallengeData2016 --weights runs/walk --output labels")
        {
            folder, train, test, reduce, classes, steps, batch, crop, rate, blocks, seed,
        };
        EvaluateOptions options = new(command);
        command.SetAction((parsed, interruption) =>
        {
            SegmentationData data = parsed.GetValue(folder) is { } path
                ? SegmentationData.Open(path, parsed.GetValue(classes))
                : SegmentationData.Open(
                    parsed.GetValue(train) ?? [], parsed.GetValue(test) ?? [], parsed.GetValue(reduce), parsed.GetValue(classes));
            SegmentationSettings settings = new(
                parsed.GetValue(steps), parsed.GetValue(batch), parsed.GetValue(crop), parsed.GetValue(rate), parsed.GetValue(blocks),
                    parsed.GetValue(seed));
            EvaluateRun run = new(terminal, options, parsed);
            return Task.FromResult(run.Run(encoder =>
            {
                SegmentationResults results = run.Progress.Run(
                    "steps and pictures", report =>
                        new SegmentationEvaluation(encoder, settings, run.Output).Run(data, report, interruption));
                return new EvaluationOutcome<SegmentationResults>(
                    "Semantic segmentation by a linear head on frozen patch tokens",
                    $"{data.Training.Folder}: {data.Classes} classes, {results.TrainingPictures} pictures to learn from; {results.TestPictures} test pictures of {data.Test.Folder}",
                    new Dictionary<string, object>
                    {
                        ["steps"] = settings.Steps, ["batch"] = settings.Batch, ["crop"] = settings.Crop, ["stride"] = settings.Stride,
                        ["learningRate"] = settings.LearningRate, ["blocks"] = settings.Blocks, ["seed"] = settings.Seed,
                    },
                    results, Table(results));
            }));
        });
        return command;
    }

    private static string Table(SegmentationResults results) => TextTable.Of(
        ["mIoU %", "pixel accuracy %", "mean accuracy %", "last loss"],
        [[$"{100 * results.MeanIou:f2}", $"{100 * results.PixelAccuracy:f2}", $"{100 * results.MeanAccuracy:f2}", $"{results.Loss:f3}"]]);

    private static Option<string[]> Pair(string name, string what) =>
        new(name)
        {
            HelpName = "IMAGES LABELS", Description = what, Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true,
        };
}
