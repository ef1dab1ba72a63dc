using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Configuration;

/// <summary>Checked settings, and from where each value comes.</summary>
/// <param name="Settings">The values.</param>
/// <param name="Origins">The origin of each setting by dotted name.</param>
public sealed record ResolvedSettings(Settings Settings, IReadOnlyDictionary<string, SettingOrigin> Origins)
{
    /// <summary>All values as YAML, each with its origin as a comment; read again it gives equal settings.</summary>
    public string ToYaml() => SettingsYaml.Write(this);

    /// <summary>Writes <see cref="ToYaml"/> to a file.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, ToYaml());
}
