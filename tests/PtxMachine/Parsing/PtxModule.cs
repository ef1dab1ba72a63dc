using System.Globalization;
using System.Text.RegularExpressions;

namespace DoRA.PtxMachine.Parsing;

/// <summary>A parsed PTX module: its functions and module variables. Bodies are cut into statements, not decoded.</summary>
public sealed partial class PtxModule
{
    private readonly Dictionary<string, PtxFunction> _functions = [];
    private readonly Dictionary<string, PtxVariable> _variables = [];

    /// <summary>Parses a module's text.</summary>
    /// <exception cref="PtxException">The text is not PTX.</exception>
    public PtxModule(string text)
    {
        text = PtxText.WithoutComments(text);
        int position = 0;
        while (true)
        {
            while (position < text.Length && char.IsWhiteSpace(text[position])) position++;
            if (position >= text.Length) break;
            Match header = LineDirective().Match(text, position);
            position = header.Success ? position + header.Length : ParseTopLevel(text, position);
        }
    }

    public IReadOnlyDictionary<string, PtxFunction> Functions => _functions;

    public IReadOnlyDictionary<string, PtxVariable> Variables => _variables;

    /// <summary>The kernel with this name, or the only one when no name is given.</summary>
    public PtxFunction Kernel(string? name = null)
    {
        PtxFunction[] found = [.. _functions.Values.Where(function => function.IsEntry && (name is null || function.Name == name))];
        return found.Length == 1 ? found[0]
            : throw new PtxException($"{found.Length} kernels fit the name {name ?? "(any)"}; the module has "
                + string.Join(", ", _functions.Values.Where(function => function.IsEntry).Select(function => function.Name)));
    }

    private int ParseTopLevel(string text, int start)
    {
        int semicolon = text.IndexOf(';', start), brace = text.IndexOf('{', start);
        bool initialised = brace >= 0 && text.AsSpan(start, brace - start).Contains('=');
        if (brace < 0 || (semicolon >= 0 && semicolon < brace) || initialised)
        {
            if (semicolon < 0) throw new PtxException($"module ends inside a declaration: `{PtxText.Squeeze(text[start..])}`");
            string declaration = text[start..semicolon];
            if (!FunctionKind().IsMatch(declaration))
            {
                foreach (PtxVariable variable in PtxVariable.ParseAll(declaration)) _variables[variable.Name] = variable;
            }
            return semicolon + 1;
        }
        int end = ClosingBrace(text, brace);
        AddFunction(text[start..brace], text[(brace + 1)..end], 1 + PtxText.LinesIn(text.AsSpan(0, brace)));
        return end + 1;
    }

    private void AddFunction(string head, string body, int line)
    {
        Match kind = FunctionKind().Match(head);
        if (!kind.Success) throw new PtxException(line, PtxText.Squeeze(head), "neither .func nor .entry");
        bool entry = kind.Groups[1].Value == "entry";
        string rest = head[(kind.Index + kind.Length)..];
        List<PtxVariable> results = [];
        Match returned = ReturnList().Match(rest);
        if (!entry && returned.Success)
        {
            results = PtxVariable.ParseAll(returned.Groups[1].Value);
            rest = rest[returned.Length..];
        }
        Match signature = Signature().Match(rest);
        Match bound = ThreadBound().Match(rest);
        int? maxThreads = bound.Success
            ? bound.Groups[1].Captures.Aggregate(1, (product, capture) =>
                product * int.Parse(capture.ValueSpan, CultureInfo.InvariantCulture))
            : null;
        string name = signature.Groups[1].Value;
        _functions[name] = new PtxFunction(name, entry, PtxVariable.ParseAll(signature.Groups[2].Value), results, maxThreads,
            PtxStatement.ParseBody(body, line));
    }

    private static int ClosingBrace(string text, int open)
    {
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            if (text[i] == '{') depth++;
            else if (text[i] == '}' && --depth == 0) return i;
        }
        throw new PtxException("a function's brace is never closed");
    }

    [GeneratedRegex(@"\G\.(version|target|address_size|file|section|loc)\b[^\n]*")]
    private static partial Regex LineDirective();

    [GeneratedRegex(@"\.(func|entry)\b")]
    private static partial Regex FunctionKind();

    [GeneratedRegex(@"^\s*\(([^)]*)\)")]
    private static partial Regex ReturnList();

    [GeneratedRegex(@"^\s*([\w$]+)\s*(?:\(([^)]*)\))?")]
    private static partial Regex Signature();

    [GeneratedRegex(@"\.maxntid\s+(?:(\d+)\s*,?\s*)+")]
    private static partial Regex ThreadBound();
}
