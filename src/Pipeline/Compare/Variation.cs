using DoRA.Kernels;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Compare;

/// <summary>A setting and the values that it takes in a comparison, as <c>objects=1,2,3</c>.</summary>
/// <param name="Name">As it was given: a short name or a setting.</param>
/// <param name="Setting">The setting by its dotted name.</param>
internal sealed record Variation(string Name, string Setting, IReadOnlyList<string> Values)
{
    public const string Frames = "data.frames";

    /// <summary>The method's own ablations, by short names.</summary>
    private static readonly Dictionary<string, string> ShortNames = new()
    {
        ["objects"] = "tracker.objects",
        ["sinkhorn"] = "tracker.sinkhorn",
        ["masks"] = "tracker.masks",
        ["frames"] = Frames,
        ["spacing"] = "data.spacingSeconds",
        ["fidelity"] = "fidelity.preset",
    };

    /// <exception cref="UserException">It is not of the form name=value,value, or names no setting.</exception>
    public static Variation Parse(string text)
    {
        int at = text.IndexOf('=', StringComparison.Ordinal);
        string[] values = at < 0 ? [] : text[(at + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (values.Length < 2)
        {
            throw new UserException($"--vary {text} is not of the form name=value,value, as --vary objects=1,2,3.");
        }

        string name = text[..at].Trim();
        string setting = SettingsCatalogue.Find(ShortNames.GetValueOrDefault(name, name), SettingOrigin.CommandLine).Name;
        if (values.Distinct().Count() < values.Length)
        {
            throw new UserException($"--vary {text} names a value twice.");
        }

        return new(name, setting, setting == ShortNames["sinkhorn"] ? [.. values.Select(OnOrOff)] : values);
    }

    private static string OnOrOff(string value) => value switch { "on" => "true", "off" => "false", _ => value };
}
