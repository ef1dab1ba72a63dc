using System.Text.RegularExpressions;

namespace DoRA.Pipeline.Tests.Cli;

/// <summary>A command that a document shows.</summary>
/// <param name="Document">From the repository's root.</param>
/// <param name="Text">In one line, without comment.</param>
/// <param name="IsWhole">True for a line of a block, which a reader types as it stands; false for what is named in a sentence.</param>
internal sealed partial record DocumentedCommand(string Document, string Text, bool IsWhole)
{
    private static readonly string[] Folders = ["", "samples", "src/Model"];

    /// <summary>The words after the program's name.</summary>
    public string[] Words => Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];

    public bool IsOfProgram => Program().IsMatch(Text) && Words[0] != "test";

    public override string ToString() => $"{Document}: {Text}";

    /// <summary>All of the repository.</summary>
    public static IReadOnlyList<DocumentedCommand> All()
    {
        IEnumerable<string> documents = Folders.SelectMany(folder => Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.md"))
            .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories));
        return [.. documents.Order(StringComparer.Ordinal).SelectMany(path => Of(Path.GetRelativePath(Repository.Root, path), File.ReadAllText(path)))];
    }

    public static IEnumerable<DocumentedCommand> Of(string document, string text)
    {
        foreach (Match block in Block().Matches(text))
        {
            foreach (string line in block.Groups["lines"].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
            {
                string command = Comment().Replace(line, "").Trim();
                if (Typed().IsMatch(command))
                {
                    yield return new(document, Spaces().Replace(command, " "), IsWhole: true);
                }
            }
        }

        foreach (Match named in Named().Matches(Block().Replace(text, "")))
        {
            yield return new(document, Spaces().Replace(named.Groups["command"].Value, " "), IsWhole: false);
        }
    }

    [GeneratedRegex("^```(sh|bash|)\\n(?<lines>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("\\s+#.*$")]
    private static partial Regex Comment();

    // Command lines, not the names of files in a listing.
    [GeneratedRegex("^(\\./|dotnet |cd )")]
    private static partial Regex Typed();

    [GeneratedRegex("`(?<command>(\\./dora|dora|dotnet) [^`]+)`")]
    private static partial Regex Named();

    [GeneratedRegex("^(\\./)?dora ")]
    private static partial Regex Program();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
