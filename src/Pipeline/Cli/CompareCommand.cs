using System.CommandLine;
using System.Text;
using DoRA.Kernels;
using DoRA.Pipeline.Compare;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Cli;

/// <summary><c>compare [VIDEO|FOLDER …]</c>: methods, or values of a setting, with the same budget and the same seeds.</summary>
internal sealed class CompareCommand
{
    private readonly Argument<string[]> _videos =
        new("VIDEO|FOLDER") { Description = "Videos, or folders of them; the two of samples/ when left out.", Arity = ArgumentArity.ZeroOrMore };

    private readonly Option<string?> _methods = Option("--methods", "dora,dino", "The methods to compare; dora alone with --vary.");
    private readonly Option<string?> _vary =
        Option("--vary", "name=value,…", "What to vary: objects, sinkhorn, masks, frames, spacing, fidelity, or any setting.");

    private readonly Option<int> _seeds = new("--seeds") { HelpName = "N", Description = "Seeds, 0 to N − 1.", DefaultValueFactory = _ => 3 };
    private readonly Option<string?> _preset = Option("--preset", "demo|small|paper", "Settings to start from; default demo.");
    private readonly Option<string?> _configuration = Option("--config", "FILE", "A YAML file of settings, over the preset.");
    private readonly Option<string[]> _set =
        new("--set") { HelpName = "name=value", Description = "Any setting of docs/settings.md, for all; as often as needed." };

    private readonly Option<string?> _steps = Option("--steps", "N", "Steps of each run.");
    private readonly Option<string?> _output = Option("--output", "FOLDER", "The comparison's folder, which must not exist; default runs/ and the time.");
    private readonly Option<string?> _resume = Option("--resume", "FOLDER", "Goes on with a comparison: what is done stays, what failed is tried again.");
    private readonly Option<bool> _json = new("--json") { Description = "Results as JSON." };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Says more, and where an error came from." };

    public static Command Create(Terminal terminal)
    {
        CompareCommand options = new();
        Command command = new(
            "compare",
            "Trains with the same budget and the same seeds, and says what the scores are worth.\nExample: dora compare walk.mp4 --methods dora,dino --seeds 3")
        {
            options._videos, options._methods, options._vary, options._seeds, options._preset, options._configuration, options._set, options._steps,
            options._output, options._resume, options._json, options._verbose,
        };
        command.SetAction((parsed, interruption) => Task.FromResult(options.Run(parsed, terminal, interruption)));
        return command;
    }

    private int Run(ParseResult parsed, Terminal terminal, CancellationToken interruption)
    {
        (string folder, ComparisonPlan plan) = parsed.GetValue(_resume) is { } continued
            ? (continued, Continue(parsed, continued))
            : Begin(parsed);
        terminal.Say($"{plan.Variants.Count} variants × {plan.Seeds.Count} seeds. Folder: {Path.GetFullPath(folder)}");
        ComparisonResults results = new Comparison(folder, plan).Run(terminal, interruption);
        AtomicFile.WriteText(Path.Combine(folder, "comparison.json"), results.ToJson());
        if (results.HasScores)
        {
            AtomicFile.WriteText(Path.Combine(folder, "comparison.svg"), ComparisonPicture.Svg(results));
        }

        terminal.Result(parsed.GetValue(_json) ? results.ToJson() : $"{results.ToText()}\n\nThe picture: {Path.Combine(folder, "comparison.svg")}");
        if (results.IsWhole)
        {
            return ExitCode.Done;
        }

        terminal.Say($"Runs are missing. Go on with: ./dora compare --resume {folder}");
        return interruption.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Failed;
    }

    private (string Folder, ComparisonPlan Plan) Begin(ParseResult parsed)
    {
        string[] named = parsed.GetValue(_videos) ?? [];
        IReadOnlyList<string> videos = named.Length > 0 ? named : Samples.Videos();
        VideoCollection.Open(videos);
        ComparisonPlan plan = ComparisonPlan.Make(
            videos, parsed.GetValue(_seeds), parsed.GetValue(_configuration), Assignments(parsed),
            (parsed.GetValue(_methods) ?? (parsed.GetValue(_vary) is null ? "dora,dino" : "dora")).Split(',', StringSplitOptions.TrimEntries),
            parsed.GetValue(_vary) is { } text ? Variation.Parse(text) : null);
        string folder = parsed.GetValue(_output) ?? Path.Combine("runs", $"compare-{DateTime.Now:yyyy-MM-dd-HHmmss}");
        Runs.RunFolder.Create(folder);
        plan.Write(folder);
        return (folder, plan);
    }

    private ComparisonPlan Continue(ParseResult parsed, string folder) =>
        parsed.GetValue(_videos) is { Length: > 0 } || Assignments(parsed).Length > 0
        || (parsed.GetValue(_methods) ?? parsed.GetValue(_vary) ?? parsed.GetValue(_configuration) ?? parsed.GetValue(_output)) is not null
            ? throw new UserException("--resume goes on with a comparison as it was begun; give nothing beside it.")
            : ComparisonPlan.Read(folder);

    private string[] Assignments(ParseResult parsed)
    {
        List<string> assignments = [];
        if (parsed.GetValue(_preset) is { } preset)
        {
            assignments.Add($"preset={preset}");
        }

        if (parsed.GetValue(_steps) is { } steps)
        {
            assignments.Add($"run.steps={steps}");
        }

        return [.. assignments, .. parsed.GetValue(_set) ?? []];
    }

    private static Option<string?> Option(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };
}
