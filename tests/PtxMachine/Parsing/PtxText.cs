using System.Text;

namespace DoRA.PtxMachine.Parsing;

/// <summary>Small tools on PTX text.</summary>
internal static class PtxText
{
    /// <summary>Comments become blanks; line breaks stay, so that line numbers hold.</summary>
    public static string WithoutComments(string text)
    {
        StringBuilder result = new(text);
        for (int i = 0; i + 1 < text.Length; i++)
        {
            if (text[i] != '/' || (text[i + 1] != '/' && text[i + 1] != '*')) continue;
            bool block = text[i + 1] == '*';
            int end = block ? text.IndexOf("*/", i + 2, StringComparison.Ordinal) : text.IndexOf('\n', i);
            end = end < 0 ? text.Length : block ? end + 2 : end;
            for (; i < end; i++)
            {
                if (result[i] != '\n') result[i] = ' ';
            }
            i--;
        }
        return result.ToString();
    }

    /// <summary>Parts between commas that stand outside of all brackets.</summary>
    public static List<string> SplitAtCommas(string text)
    {
        List<string> parts = [];
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '(' or '[' or '{') depth++;
            else if (text[i] is ')' or ']' or '}') depth--;
            else if (text[i] == ',' && depth == 0)
            {
                parts.Add(text[start..i].Trim());
                start = i + 1;
            }
        }
        if (text.AsSpan(start).Trim().Length > 0) parts.Add(text[start..].Trim());
        return parts;
    }

    /// <summary>Runs of blanks become one blank.</summary>
    public static string Squeeze(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The elements of `{a, b}` or `(a, b)`; a text without brackets is its own only element.</summary>
    public static List<string> Elements(string text) =>
        text.Length > 1 && text[0] is '{' or '(' ? SplitAtCommas(text[1..^1]) : [text];

    public static int LinesIn(ReadOnlySpan<char> text) => text.Count('\n');
}
