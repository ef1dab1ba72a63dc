using System.Reflection;
using DoRA.Kernels;

namespace DoRA.Pipeline.Configuration;

/// <summary>All settings by name, in the order of their declaration.</summary>
public static class SettingsCatalogue
{
    private static readonly Dictionary<string, SettingDescriptor> ByName;

    static SettingsCatalogue()
    {
        All = [.. Describe(typeof(Settings), null)];
        ByName = All.ToDictionary(setting => setting.Name, StringComparer.Ordinal);
    }

    public static IReadOnlyList<SettingDescriptor> All { get; }

    /// <summary>The setting of a dotted name.</summary>
    /// <exception cref="UserException">There is none; the message suggests the nearest.</exception>
    public static SettingDescriptor Find(string name, SettingOrigin origin) => ByName.TryGetValue(name, out var setting)
        ? setting
        : throw new UserException($"There is no setting {name} ({origin}); did you mean {Nearest(name).Name}?");

    private static IEnumerable<SettingDescriptor> Describe(Type type, PropertyInfo? section)
    {
        foreach (var property in type.GetProperties().OrderBy(property => property.MetadataToken))
        {
            if (property.GetCustomAttribute<SettingAttribute>() is { } attribute)
                yield return new SettingDescriptor(section, property, attribute);
            else if (section is null)
            {
                foreach (var setting in Describe(property.PropertyType, property))
                    yield return setting;
            }
        }
    }

    // The right name in the wrong section, or in none, counts as one letter wrong.
    private static SettingDescriptor Nearest(string name)
    {
        var key = name[(name.LastIndexOf('.') + 1)..];
        return All.MinBy(setting => Math.Min(Distance(name, setting.Name), Distance(key, setting.Key) + 1))!;
    }

    /// <summary>Levenshtein's distance without regard to case: the fewest letters to put in, take out or exchange.</summary>
    private static int Distance(string one, string other)
    {
        var distances = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 0; i < one.Length; i++)
        {
            var diagonal = distances[0];
            distances[0] = i + 1;
            for (var j = 0; j < other.Length; j++)
            {
                var exchange = diagonal + (char.ToLowerInvariant(one[i]) == char.ToLowerInvariant(other[j]) ? 0 : 1);
                diagonal = distances[j + 1];
                distances[j + 1] = Math.Min(exchange, Math.Min(distances[j], diagonal) + 1);
            }
        }
        return distances[^1];
    }
}
