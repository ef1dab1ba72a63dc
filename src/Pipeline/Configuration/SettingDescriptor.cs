using System.Globalization;
using System.Reflection;
using DoRA.Kernels;

namespace DoRA.Pipeline.Configuration;

/// <summary>One setting: its dotted name, its type, its range, and how it is read from text and written to it.</summary>
public sealed class SettingDescriptor
{
    private readonly PropertyInfo? section;
    private readonly PropertyInfo property;
    private readonly SettingAttribute attribute;

    internal SettingDescriptor(PropertyInfo? section, PropertyInfo property, SettingAttribute attribute)
    {
        this.section = section;
        this.property = property;
        this.attribute = attribute;
        Section = section is null ? "" : CamelCase(section.Name);
        Key = CamelCase(property.Name);
    }

    /// <summary>The section's name; empty for a setting at the top.</summary>
    public string Section { get; }

    /// <summary>The name within the section.</summary>
    public string Key { get; }

    /// <summary>The dotted name, as <c>optimizer.learningRate</c>.</summary>
    public string Name => Section.Length == 0 ? Key : $"{Section}.{Key}";

    public string Description => attribute.Description;

    /// <summary>The values it may take, in words, as <c>1 to 256</c> or <c>tracked, random or none</c>.</summary>
    public string Allowed
    {
        get
        {
            if (property.PropertyType == typeof(bool))
                return "true or false";
            if (property.PropertyType.IsEnum)
            {
                string[] names = [.. Enum.GetNames(property.PropertyType).Select(CamelCase)];
                return $"{string.Join(", ", names[..^1])} or {names[^1]}";
            }
            if (property.PropertyType == typeof(string))
                return Description;
            var range = $"{Text(attribute.Minimum)} to {Text(attribute.Maximum)}";
            return property.PropertyType == typeof(Interval) ? $"[from, to] within {range}"
                : property.PropertyType == typeof(int) ? $"a whole number, {range}" : range;
        }
    }

    /// <summary>The value in a tree of settings.</summary>
    public object Value(Settings settings) => property.GetValue(Target(settings))!;

    /// <summary>A value as it is written in YAML and on the command line; reading it back gives the same value.</summary>
    public static string Text(object value) => value switch
    {
        bool truth => truth ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        Enum choice => CamelCase(choice.ToString()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>Reads a value.</summary>
    /// <param name="text">As written in YAML or on the command line.</param>
    /// <param name="origin">For the message.</param>
    /// <exception cref="UserException">It is of another type or out of range.</exception>
    internal object Parse(string text, SettingOrigin origin)
    {
        text = text.Trim();
        var value = ParseType(text);
        return value is not null && IsInRange(value)
            ? value
            : throw new UserException($"{Name} is {(text.Length == 0 ? "empty" : text)} ({origin}), but must be {Allowed}.");
    }

    internal void Set(Settings settings, object value) => property.SetValue(Target(settings), value);

    private static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private object Target(Settings settings) => section is null ? settings : section.GetValue(settings)!;

    private object? ParseType(string text)
    {
        var type = property.PropertyType;
        if (type == typeof(int))
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null;
        if (type == typeof(double))
            return ParseDouble(text);
        if (type == typeof(bool))
            return text is "true" ? true : text is "false" ? false : null;
        if (type == typeof(Interval))
            return ParseInterval(text);
        if (type == typeof(string))
            return text.Length > 0 && text.All(IsPlain) ? text : null;
        var index = Array.FindIndex(Enum.GetNames(type), name => CamelCase(name) == text);
        return index >= 0 ? Enum.GetValues(type).GetValue(index) : null;
    }

    // What YAML would read otherwise has no place in a name or a path.
    private static bool IsPlain(char character) => !char.IsControl(character) && !"#\"'{}[],&*!|>%@`".Contains(character);

    private static double? ParseDouble(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static Interval? ParseInterval(string text)
    {
        var parts = text.TrimStart('[').TrimEnd(']').Split(',');
        return parts.Length == 2 && ParseDouble(parts[0]) is { } minimum && ParseDouble(parts[1]) is { } maximum && minimum <= maximum
            ? new Interval(minimum, maximum)
            : null;
    }

    private bool IsInRange(object value) => value switch
    {
        int whole => whole >= attribute.Minimum && whole <= attribute.Maximum,
        double number => number >= attribute.Minimum && number <= attribute.Maximum,
        Interval interval => interval.Minimum >= attribute.Minimum && interval.Maximum <= attribute.Maximum,
        _ => true,
    };
}
