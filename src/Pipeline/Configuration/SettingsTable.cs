using System.Text;

namespace DoRA.Pipeline.Configuration;

/// <summary>The settings as a table in Markdown, for the documentation.</summary>
public static class SettingsTable
{
    /// <summary>One row a setting: name, default, value in each preset where it differs, allowed values, meaning.</summary>
    public static string Markdown()
    {
        Preset[] presets = [Preset.Demo, Preset.Small, Preset.Paper];
        var resolved = presets.Select(preset => SettingsResolver.Resolve(preset: preset).Settings).ToArray();
        var defaults = new Settings();
        var text = new StringBuilder($"| setting | default | {string.Join(" | ", presets.Select(preset => SettingDescriptor.Text(preset)))} | allowed | meaning |\n");
        text.Append($"|{string.Concat(Enumerable.Repeat("---|", presets.Length + 4))}\n");
        foreach (var setting in SettingsCatalogue.All.Where(setting => setting.Name != "preset"))
        {
            var byDefault = SettingDescriptor.Text(setting.Value(defaults));
            var differing = resolved.Select(settings => SettingDescriptor.Text(setting.Value(settings))).Select(value => value == byDefault ? "" : $"`{value}`");
            text.Append($"| `{setting.Name}` | `{byDefault}` | {string.Join(" | ", differing)} | {setting.Allowed} | {setting.Description} |\n");
        }
        return text.ToString();
    }
}
