using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Knn;
using DoRA.Pipeline.Evaluation.LinearProbe;

namespace DoRA.Pipeline.Cli;

/// <summary><c>evaluate linear FOLDER</c>.</summary>
internal static class EvaluateLinear
{
    private static readonly LinearSettings Usual = new();

    public static Command Create(Terminal terminal)
    {
        EvaluateImageSplitOptions images = new();
        Option<int> epochs = EvaluateOptions.Number("--epochs", "Times that every picture is seen", Usual.Epochs);
        Option<int> batch = EvaluateOptions.Number("--batch", "Pictures a step", Usual.Batch);
        Option<int> blocks = EvaluateOptions.Number("--blocks", "Last blocks whose CLS tokens are put side by side", Usual.Blocks);
        Option<int> seed = EvaluateOptions.Number("--seed", "Where the crops and the first weights come from", Usual.Seed);
        Option<bool> average = new("--average-patches") { Description = "Also the mean patch token of the last block, with --blocks 1." };
        Option<double> rate = new("--learning-rate")
        {
            HelpName = "RATE", Description = "For a batch of 256, scaled with the batch.",
            DefaultValueFactory = _ => Usual.LearningRate,
        };
        Command command = new(
            "linear", "Trains a linear classifier on frozen features.\nExample: dora evaluate linear imagenet --weights runs/walk");
        images.AddTo(command);
        foreach (Option option in (Option[])[epochs, batch, rate, blocks, average, seed])
        {
            command.Add(option);
        }

        EvaluateOptions options = new(command);
        command.SetAction((parsed, interruption) =>
        {
            LinearSettings settings = new(
                Positive(parsed, epochs), Positive(parsed, batch), parsed.GetValue(rate), parsed.GetValue(blocks),
                    parsed.GetValue(average), parsed.GetValue(seed));
            ImageSplit split = images.Open(parsed);
            CenterCrop crop = images.Crop(parsed);
            EvaluateRun run = new(terminal, options, parsed);
            return Task.FromResult(run.Run(encoder =>
            {
                LinearResults results = run.Progress.Run(
                    "views", report => new LinearEvaluation(encoder, settings, crop).Run(split, report, interruption));
                return new EvaluationOutcome<LinearResults>(
                    "Linear probe on CLS tokens", EvaluateImageSplitOptions.Describe(split),
                    new Dictionary<string, object>
                    {
                        ["epochs"] = settings.Epochs, ["batch"] = settings.Batch, ["learningRate"] = settings.LearningRate,
                        ["blocks"] = settings.Blocks,
                        ["averagePatches"] = settings.AveragesPatches, ["seed"] = settings.Seed, ["crop"] = crop.Size,
                    },
                    results,
                    TextTable.Of(["top-1 %", "top-5 %", "last loss"],
                        [[$"{results.Top1:f2}", $"{results.Top5:f2}", $"{results.Loss:f3}"]]));
            }));
        });
        return command;
    }

    private static int Positive(ParseResult parsed, Option<int> option) =>
        parsed.GetValue(option) is > 0 and var value ? value : throw new UserException($"{option.Name} must be at least 1.");
}
