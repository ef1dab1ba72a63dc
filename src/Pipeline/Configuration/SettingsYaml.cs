using System.Text;
using DoRA.Kernels;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace DoRA.Pipeline.Configuration;

/// <summary>Settings as YAML: a mapping of sections to mappings of settings.</summary>
internal static class SettingsYaml
{
    private const int OriginColumn = 40;

    /// <summary>A file's values by dotted name, as text.</summary>
    /// <exception cref="UserException">The file is missing or is no such YAML; the message names file and line.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        try
        {
            using var reader = File.OpenText(path);
            var yaml = new YamlStream();
            yaml.Load(reader);
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            if (yaml.Documents.Count > 0)
                AddSections(path, yaml.Documents[0].RootNode, values);
            return values;
        }
        catch (YamlException error)
        {
            throw new UserException($"{path}, line {error.Start.Line}: not valid YAML ({error.Message.TrimEnd('.')}).", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserException($"The configuration {path} does not exist; name an existing YAML file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"The configuration {path} cannot be read: {error.Message}", error);
        }
    }

    public static string Write(ResolvedSettings resolved)
    {
        var text = new StringBuilder("# Every setting, and from where its value comes.\n");
        var section = "";
        foreach (var setting in SettingsCatalogue.All)
        {
            if (setting.Section != section)
                text.Append($"{section = setting.Section}:\n");
            var indent = section.Length == 0 ? "" : "  ";
            var line = $"{indent}{setting.Key}: {SettingDescriptor.Text(setting.Value(resolved.Settings))}";
            text.Append($"{line.PadRight(OriginColumn)} # {resolved.Origins[setting.Name]}\n");
        }
        return text.ToString();
    }

    private static void AddSections(string path, YamlNode root, Dictionary<string, string> values)
    {
        foreach (var (key, node) in Pairs(path, root))
        {
            if (node is YamlMappingNode)
            {
                foreach (var (name, value) in Pairs(path, node))
                    Add(path, $"{key}.{name}", value, values);
            }
            else
                Add(path, key, node, values);
        }
    }

    private static void Add(string path, string name, YamlNode node, Dictionary<string, string> values)
    {
        if (!values.TryAdd(name, Text(path, name, node)))
            throw new UserException($"{path}, line {node.Start.Line}: {name} is set twice.");
    }

    private static IEnumerable<(string Key, YamlNode Value)> Pairs(string path, YamlNode node) => node switch
    {
        YamlMappingNode mapping => mapping.Children.Select(pair => pair.Key is YamlScalarNode { Value: { } key }
            ? (key, pair.Value)
            : throw new UserException($"{path}, line {pair.Key.Start.Line}: a setting's name must be plain text.")),
        YamlScalarNode { Value: null or "" } => [],
        _ => throw new UserException($"{path}, line {node.Start.Line}: expected sections of settings, as model: and below it patch: 16."),
    };

    private static string Text(string path, string name, YamlNode node) => node switch
    {
        YamlScalarNode scalar => scalar.Value ?? "",
        YamlSequenceNode sequence when sequence.All(item => item is YamlScalarNode) =>
            $"[{string.Join(", ", sequence.Select(item => ((YamlScalarNode)item).Value))}]",
        _ => throw new UserException($"{path}, line {node.Start.Line}: {name} must be a value or [from, to]."),
    };
}
