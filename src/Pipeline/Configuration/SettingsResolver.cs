using DoRA.Kernels;

namespace DoRA.Pipeline.Configuration;

/// <summary>
/// Puts settings together: defaults, then what the method, the fidelity and the preset stand for, then a file, then the command line.
/// </summary>
public static class SettingsResolver
{
    /// <summary>Resolves and checks settings.</summary>
    /// <param name="file">A YAML file; null for none.</param>
    /// <param name="assignments">Assignments of the command line, each <c>name=value</c>; options such as --steps are such assignments too.</param>
    /// <param name="preset">The preset where neither file nor command line names one.</param>
    /// <exception cref="UserException">A setting is unknown, of another type, out of range, or at odds with another.</exception>
    public static ResolvedSettings Resolve(string? file = null, IEnumerable<string>? assignments = null, Preset preset = Preset.None)
    {
        var layers = new Layers();
        if (file is not null)
            layers.Add(SettingsYaml.Read(file), new SettingOrigin(OriginKind.File, $"file {Path.GetFileName(file)}"));
        foreach (var assignment in assignments ?? [])
            layers.Add(Split(assignment), SettingOrigin.CommandLine);

        layers.AddBelow(new Dictionary<string, string> { ["preset"] = SettingDescriptor.Text(preset) }, SettingOrigin.Default);
        var chosen = layers.Build();
        layers.AddBelow(Presets.Of(chosen.Preset), Named("preset", chosen.Preset));
        layers.AddFidelity(chosen.Fidelity.Preset);
        layers.AddBelow(Presets.Of(chosen.Method), Named("method", chosen.Method));
        layers.ApplyModelName();
        layers.ApplyLength();

        var settings = layers.Build();
        SettingsCheck.Check(settings);
        return new ResolvedSettings(settings, layers.Origins);
    }

    private static SettingOrigin Named(string kind, Enum name) => new(OriginKind.Preset, $"{kind} {SettingDescriptor.Text(name)}");

    private static Dictionary<string, string> Split(string assignment)
    {
        var at = assignment.IndexOf('=', StringComparison.Ordinal);
        return at > 0
            ? new Dictionary<string, string> { [assignment[..at].Trim()] = assignment[(at + 1)..] }
            : throw new UserException($"--set {assignment} is not of the form name=value, as --set model.patch=8.");
    }
}
