namespace DoRA.Pipeline.Cli;

/// <summary>Plain tables: the first column to the left, the others to the right.</summary>
internal static class TextTable
{
    public static string Of(string[] header, IEnumerable<string[]> rows)
    {
        string[][] all = [header, .. rows];
        int[] widths = [.. header.Select((_, column) => all.Max(row => row[column].Length))];
        return string.Join('\n', all.Select(row =>
            string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])))
                .TrimEnd()));
    }
}
