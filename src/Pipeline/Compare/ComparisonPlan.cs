using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Compare;

/// <summary>One of the things compared: a name and every setting, but for the seed.</summary>
internal sealed record Variant(string Name, IReadOnlyDictionary<string, string> Settings)
{
    public ResolvedSettings Resolve(int seed) => ReceiptSettings.Resolve(Settings, $"run.seed={seed}");
}

/// <summary><c>plan.json</c>: what is compared, enough to go on after a stop.</summary>
/// <param name="Videos">Full paths.</param>
internal sealed record ComparisonPlan(IReadOnlyList<string> Videos, IReadOnlyList<int> Seeds, IReadOnlyList<Variant> Variants)
{
    private const string FileName = "plan.json";

    /// <summary>Works out every variant's settings.</summary>
    /// <param name="assignments">Settings that all share, from the command line.</param>
    /// <param name="methods">One method or more.</param>
    /// <exception cref="UserException">Settings are wrong or at odds, or there is nothing to compare.</exception>
    public static ComparisonPlan Make(
        IReadOnlyList<string> videos, int seeds, string? file, IReadOnlyList<string> assignments, IReadOnlyList<string> methods, Variation? variation)
    {
        if (seeds < 1)
        {
            throw new UserException($"--seeds is {seeds}; give 1 or more, 3 for error bars that mean something.");
        }

        if (methods.Distinct().Count() < methods.Count || (methods.Count < 2 && variation is null) || (methods.Count > 1 && variation is not null))
        {
            throw new UserException("Give either two methods, as --methods dora,dino, or one and what to vary, as --vary objects=1,2,3.");
        }

        ResolvedSettings Resolve(string method, params string[] more) =>
            SettingsResolver.Resolve(file, [.. assignments, $"method={method}", .. more], Preset.Demo);

        ResolvedSettings first = Resolve(methods[0]);
        RequireSteps(first.Settings);
        if (variation is not null && first.Settings.Method == Method.Dino && variation.Setting.StartsWith("tracker.", StringComparison.Ordinal))
        {
            throw new UserException($"--vary {variation.Name} changes nothing in DINO, which tracks nothing; take --methods dora.");
        }

        Variant[] variants = variation is null
            ? [.. methods.Select(method => Of(method, Fair(first, Resolve(method), more => Resolve(method, more))))]
            : [.. variation.Values.Select(value => Of(
                $"{variation.Name}={value}", Resolve(methods[0], [$"{variation.Setting}={value}", .. SameFrames(first.Settings, variation, value)])))];
        return new([.. videos.Select(Path.GetFullPath)], [.. Enumerable.Range(0, seeds)], variants);
    }

    /// <exception cref="UserException">The folder holds no comparison.</exception>
    public static ComparisonPlan Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        return File.Exists(path)
            ? ResultJson.Read<ComparisonPlan>(path)
            : throw new UserException($"There is no comparison to continue in {folder}: it has no {FileName}; name a comparison's folder after --resume.");
    }

    public void Write(string folder) =>
        AtomicFile.WriteText(Path.Combine(folder, FileName), ResultJson.Of(this));

    private static Variant Of(string name, ResolvedSettings settings) => new(name, ReceiptSettings.Of(settings.Settings));

    private static void RequireSteps(Settings settings)
    {
        if (settings.Run is { Steps: 0, StepsPerEpoch: 0 })
        {
            throw new UserException("A comparison gives every run the same budget; give its number of steps with --steps.");
        }
    }

    /// <summary>Another method gets the local views that bring its student's tokens nearest to the first's, unless a user set their number.</summary>
    private static ResolvedSettings Fair(ResolvedSettings first, ResolvedSettings other, Func<string[], ResolvedSettings> resolve)
    {
        const string count = "views.localCount";
        return other.Origins[count].Kind >= OriginKind.File
            ? other
            : resolve([$"{count}={StudentTokens.LocalViewsFor(StudentTokens.OfFrame(first.Settings), other.Settings)}"]);
    }

    /// <summary>With more frames a clip, fewer clips a step, so that a step sees as many frames.</summary>
    private static string[] SameFrames(Settings settings, Variation variation, string value) =>
        variation.Setting == Variation.Frames && int.TryParse(value, out int frames) && frames > 0
            ? [$"data.batch={Math.Max(1, (int)Math.Round((double)settings.Data.Batch * settings.Data.Frames / frames))}"]
            : [];
}
