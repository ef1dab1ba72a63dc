using System.CommandLine;
using DoRA.Pipeline.Compare;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Training;

namespace DoRA.Pipeline.Cli;

/// <summary><c>reproduce RECEIPT</c>: a run once more, and whether its numbers are the same.</summary>
internal static class ReproduceCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> receipt = new("RECEIPT") { Description = "The receipt.json of a run, also of a comparison's." };
        Argument<string[]> videos = new("VIDEO|FOLDER")
        {
            Description = "Where its videos are, and weights that it began with, which are known by their hashes; default where they were, and samples/.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string?> output = new("--output") { HelpName = "FOLDER", Description = "The new run's folder; default runs/ and the time." };
        Option<bool> json = new("--json") { Description = "Results as JSON." };
        Option<bool> verbose = new("--verbose") { Description = "Says more, and where an error came from." };
        Command command = new(
            "reproduce", "Trains as a receipt says, and compares the numbers to the last bit.\nExample: dora reproduce runs/walk/receipt.json")
        {
            receipt, videos, output, json, verbose,
        };
        command.SetAction((parsed, interruption) => Task.FromResult(Run(
            parsed.GetRequiredValue(receipt), parsed.GetValue(videos) ?? [], parsed.GetValue(output), parsed.GetValue(json), terminal, interruption)));
        return command;
    }

    private static int Run(string path, string[] videos, string? output, bool json, Terminal terminal, CancellationToken interruption)
    {
        Receipt then = ResultJson.Read<Receipt>(path);
        string[] found = Reproduction.FindVideos(then, videos.Length > 0 ? videos : [.. WhereTheyWere(path), Samples.Folder()]);
        StartingPoint? start = Reproduction.FindStart(then, videos);
        if (then.Code != CodeVersion.Current)
        {
            terminal.Say($"The receipt was made by version {then.Code}, this is {CodeVersion.Current}; the numbers may differ.");
        }

        Receipt? now = ScoredRun.Train(
            ReceiptSettings.Resolve(then.Settings), found, continued: null,
            () => RunFolder.Create(output ?? Path.Combine("runs", $"reproduce-{DateTime.Now:yyyy-MM-dd-HHmmss}")),
            terminal, interruption, start, scores: then.Results.Scores.Count > 0);
        if (now is null)
        {
            return ExitCode.Interrupted;
        }

        Reproduction reproduction = Reproduction.Of(then, now);
        foreach (string difference in reproduction.Differences)
        {
            terminal.Say(difference);
        }

        terminal.Result(json ? ResultJson.Of(reproduction) : reproduction.ToText());
        return reproduction.IsEqual ? ExitCode.Done : ExitCode.Failed;
    }

    private static IReadOnlyList<string> WhereTheyWere(string receipt)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(receipt))!;
        return File.Exists(Path.Combine(folder, "config.yaml")) && Directory.Exists(Path.Combine(folder, "checkpoints"))
            ? TrainingRun.VideosOf(RunFolder.Open(folder))
            : [];
    }
}
