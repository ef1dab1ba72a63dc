using System.Globalization;
using System.Text.RegularExpressions;

namespace DoRA.PtxMachine.Parsing;

/// <summary>A declared variable: state space, name, alignment and size in bytes (0 for an open array: dynamic shared memory).</summary>
public sealed partial record PtxVariable(string Space, string Name, PtxType Type, int Alignment, int Size, bool External, string? Initialiser)
{
    /// <summary>All declarations in a text, for example a parameter list.</summary>
    public static List<PtxVariable> ParseAll(string text) => [.. Declaration().Matches(text).Select(match => From(match, text))];

    private static PtxVariable From(Match match, string text)
    {
        PtxType type = PtxTypes.Parse(match.Groups["type"].Value);
        if (type == PtxType.None) throw new PtxException($"unknown type in the declaration `{PtxText.Squeeze(text)}`");
        int vector = match.Groups["vector"].Success ? Number(match.Groups["vector"]) : 1;
        int alignment = match.Groups["align"].Success ? Number(match.Groups["align"]) : type.Size() * vector;
        int size = type.Size() * vector;
        foreach (Capture dimension in match.Groups["dimension"].Captures)
        {
            size *= dimension.ValueSpan.IsEmpty ? 0 : int.Parse(dimension.ValueSpan, CultureInfo.InvariantCulture);
        }
        int assignment = text.IndexOf('=', match.Index);
        return new PtxVariable(match.Groups["space"].Value, match.Groups["name"].Value, type, alignment, size,
            text.Contains(".extern", StringComparison.Ordinal), assignment < 0 ? null : text[(assignment + 1)..].Trim());
    }

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\.(?<space>param|shared|local|global|const)\s+(?:\.align\s+(?<align>\d+)\s+)?(?:\.v(?<vector>\d)\s+)?\.(?<type>\w+)"
        + @"(?:\s+\.ptr(?:\s+\.(?:global|shared|const|local))?(?:\s+\.align\s+\d+)?)?\s+(?<name>[\w$%]+)\s*(?:\[\s*(?<dimension>\d*)\s*\]\s*)*")]
    private static partial Regex Declaration();
}
