using System.Text.RegularExpressions;

namespace DoRA.PtxMachine.Parsing;

/// <summary>What a statement of a function body is.</summary>
public enum StatementKind
{
    Label, OpenScope, CloseScope, Directive, Instruction,
}

/// <summary>One statement of a body: its kind, line and text (of a label: the name).</summary>
public sealed partial record PtxStatement(StatementKind Kind, int Line, string Text)
{
    /// <summary>The statements of a body whose first character stands on the given line.</summary>
    public static List<PtxStatement> ParseBody(string body, int line)
    {
        List<PtxStatement> statements = [];
        int position = 0;
        while (position < body.Length)
        {
            char c = body[position];
            if (char.IsWhiteSpace(c))
            {
                if (c == '\n') line++;
                position++;
                continue;
            }
            if (c is '{' or '}')
            {
                statements.Add(new PtxStatement(c == '{' ? StatementKind.OpenScope : StatementKind.CloseScope, line, ""));
                position++;
                continue;
            }
            Match label = Label().Match(body, position);
            if (label.Success)
            {
                statements.Add(new PtxStatement(StatementKind.Label, line, label.Groups[1].Value));
                position += label.Length;
                continue;
            }
            int end = body.IndexOf(';', position);
            if (end < 0) throw new PtxException(line, PtxText.Squeeze(body[position..]), "no semicolon");
            string text = PtxText.Squeeze(body[position..end]);
            statements.Add(new PtxStatement(c == '.' ? StatementKind.Directive : StatementKind.Instruction, line, text));
            line += PtxText.LinesIn(body.AsSpan(position, end - position));
            position = end + 1;
        }
        return statements;
    }

    [GeneratedRegex(@"\G([\w$%]+)\s*:(?!:)")]
    private static partial Regex Label();
}
