using DoRA.Kernels;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Runs;

/// <summary>Settings as receipts hold them: every value as text by its dotted name.</summary>
internal static class ReceiptSettings
{
    public static Dictionary<string, string> Of(Settings settings) =>
        SettingsCatalogue.All.ToDictionary(setting => setting.Name, setting => SettingDescriptor.Text(setting.Value(settings)));

    /// <summary>The settings again, some of them changed.</summary>
    /// <exception cref="UserException">A setting is unknown to this version, or its value is refused.</exception>
    public static ResolvedSettings Resolve(IReadOnlyDictionary<string, string> settings, params string[] changes) =>
        SettingsResolver.Resolve(assignments: [.. settings.Select(pair => $"{pair.Key}={pair.Value}"), .. changes]);
}
