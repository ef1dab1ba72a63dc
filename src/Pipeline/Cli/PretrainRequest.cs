using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Training;

namespace DoRA.Pipeline.Cli;

/// <summary>What a user asked <c>pretrain</c> for.</summary>
internal sealed class PretrainRequest(PretrainOptions options, ParseResult parsed)
{
    public string? Output => parsed.GetValue(options.Output);

    /// <summary>The weights to begin with, if some are named.</summary>
    /// <exception cref="UserException">There is no such file.</exception>
    public StartingPoint? Start => InitialWeights is { } weights ? StartingPoint.Of(weights, isContinued: false)
        : OfficialCheckpoint is { } checkpoint ? StartingPoint.Of(checkpoint, isContinued: true)
        : null;

    public bool IsDryRun => parsed.GetValue(options.DryRun);

    public bool WantsJson => parsed.GetValue(options.Json);

    /// <summary>The folder of the run to continue, if one is.</summary>
    /// <exception cref="UserException">No run is named.</exception>
    public string? ContinuedRun => parsed.GetResult(options.Resume) is null || OfficialCheckpoint is not null
        ? null
        : Resumed ?? Output ?? throw new UserException("--resume does not say which run; name its folder, as in --resume runs/walk.");

    private string? InitialWeights => parsed.GetValue(options.Initial);

    /// <summary>The official checkpoint to continue, if one is.</summary>
    private string? OfficialCheckpoint => Path.GetExtension(Resumed) is ".pth" or ".pt" ? Resumed : null;

    private string? Resumed => parsed.GetValue(options.Resume);

    /// <summary>The settings of a new run. The CPU's preset is the demo.</summary>
    /// <exception cref="UserException">A setting is unknown, out of range or at odds with another; or two starting points are named.</exception>
    public ResolvedSettings Resolve()
    {
        if (InitialWeights is not null && OfficialCheckpoint is not null)
        {
            throw new UserException("--init and --resume both say where to start from; leave out one of them.");
        }

        return SettingsResolver.Resolve(parsed.GetValue(options.Configuration), Assignments(), Preset.Demo);
    }

    /// <summary>The settings of a run that is continued: its own, but for where it computes.</summary>
    /// <exception cref="UserException">Others are given.</exception>
    public ResolvedSettings ResolveContinued(RunFolder run)
    {
        string[] assignments = [.. Assignments()];
        if (parsed.GetValue(options.Configuration) is not null || InitialWeights is not null || assignments.Any(IsTraining))
        {
            throw new UserException("--resume continues a run with its own settings; beside it only --device and --threads can be given.");
        }

        return SettingsResolver.Resolve(run.Configuration, assignments);
    }

    /// <summary>The videos named, else those of the run that is continued, else the samples.</summary>
    public IReadOnlyList<string> Videos(RunFolder? continued)
    {
        string[] named = parsed.GetValue(options.Videos) ?? [];
        return named.Length > 0 ? named : continued is null ? Samples.Videos() : TrainingRun.VideosOf(continued);
    }

    private static bool IsTraining(string assignment) =>
        !assignment.StartsWith("run.device=", StringComparison.Ordinal) && !assignment.StartsWith("run.threads=", StringComparison.Ordinal);

    private IEnumerable<string> Assignments() =>
        parsed.GetValue(options.Preset) is { } preset ? options.Assignments(parsed).Prepend($"preset={preset}") : options.Assignments(parsed);
}
