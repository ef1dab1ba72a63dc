using System.CommandLine;
using System.CommandLine.Parsing;

namespace DoRA.Pipeline.Cli;

/// <summary>The options of <c>pretrain</c>. Those that are settings are short names for <c>--set</c>.</summary>
internal sealed class PretrainOptions
{
    private readonly Dictionary<Option<string?>, string> _settings = [];

    public PretrainOptions(Command command)
    {
        Videos.Validators.Add(RefuseUnknownOptions);
        command.Add(Videos);
        Shorthand(command, "--method", "dora|dino", "How to train; default dora.", "method");
        command.Add(Preset);
        command.Add(Configuration);
        command.Add(Set);
        command.Add(Output);
        command.Add(Resume);
        command.Add(Initial);
        Shorthand(command, "--steps", "N", "Steps of the whole run.", "run.steps");
        Shorthand(command, "--seed", "N", "Where all random numbers come from.", "run.seed");
        Shorthand(command, "--device", "auto|cpu|cuda[:N]", "Where to compute; default auto.", "run.device");
        Shorthand(command, "--precision", "fp32|bf16", "What activations are stored in; bf16 on a card only; default fp32.", "run.precision");
        Shorthand(command, "--threads", "N", "Threads of the CPU engine; default one per processor.", "run.threads");
        Shorthand(command, "--fidelity", "paper|official", "Where paper and released code differ, which to follow; default paper.", "fidelity.preset");
        command.Add(DryRun);
        command.Add(Json);
        command.Add(Verbose);
    }

    public Argument<string[]> Videos { get; } =
        new("VIDEO|FOLDER") { Description = "Videos, or folders of them; the two of samples/ when left out.", Arity = ArgumentArity.ZeroOrMore };

    public Option<string?> Preset { get; } = Option("--preset", "demo|small|paper", "Settings to start from; default what suits the device.");

    public Option<string?> Configuration { get; } = Option("--config", "FILE", "A YAML file of settings, over the preset.");

    public Option<string[]> Set { get; } =
        new("--set") { HelpName = "name=value", Description = "Any setting of docs/settings.md; as often as needed." };

    public Option<string?> Output { get; } = Option("--output", "FOLDER", "The run's folder, which must not exist; default runs/ and the time.");

    public Option<string?> Resume { get; } = new("--resume")
    {
        HelpName = "RUN|FILE.pth",
        Description = "Continues a run (its folder, or that of --output), or an official checkpoint.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public Option<string?> Initial { get; } = Option("--init", "FILE", "Weights to start from: safetensors of this program or of `import`.");

    public Option<bool> DryRun { get; } = new("--dry-run") { Description = "Takes a few steps and forecasts: clips/s, memory, hours, what limits." };

    public Option<bool> Json { get; } = new("--json") { Description = "Results as JSON." };

    public Option<bool> Verbose { get; } = new("--verbose") { Description = "Says more, and where an error came from." };

    /// <summary>The settings named on the command line, <c>--set</c> last.</summary>
    public IEnumerable<string> Assignments(ParseResult parsed) => _settings
        .Where(pair => parsed.GetValue(pair.Key) is not null)
        .Select(pair => $"{pair.Value}={parsed.GetValue(pair.Key)}")
        .Concat(parsed.GetValue(Set) ?? []);

    // What looks like an option and is none would otherwise be taken for a video.
    private static void RefuseUnknownOptions(ArgumentResult videos)
    {
        if (videos.Tokens.FirstOrDefault(token => token.Value.StartsWith('-')) is { } option)
        {
            videos.AddError($"There is no option {option.Value}.");
        }
    }

    private static Option<string?> Option(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };

    private void Shorthand(Command command, string name, string value, string description, string setting)
    {
        Option<string?> option = Option(name, value, description);
        _settings.Add(option, setting);
        command.Add(option);
    }
}
