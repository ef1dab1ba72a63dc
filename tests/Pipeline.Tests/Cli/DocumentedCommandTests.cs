using System.CommandLine;
using System.CommandLine.Parsing;
using DoRA.Pipeline.Cli;

namespace DoRA.Pipeline.Tests.Cli;

/// <summary>Every command that README and the documents show is known to the program, and runs.</summary>
public sealed class DocumentedCommandTests : IDisposable
{
    private static readonly string[] TestOptions = ["--goldens", "--filter"];

    private readonly Lazy<DocumentedWorld> _world = new(() => new());

    private static IEnumerable<DocumentedCommand> Whole() => DocumentedCommand.All().Where(command => command.IsWhole && command.IsOfProgram).DistinctBy(command => command.Text);

    private static IEnumerable<DocumentedCommand> Others() => DocumentedCommand.All().Where(command => !(command.IsWhole && command.IsOfProgram));

    public void Dispose()
    {
        if (_world.IsValueCreated)
        {
            _world.Value.Dispose();
        }
    }

    [TestCaseSource(nameof(Whole))]
    public void A_command_line_runs(object shown)
    {
        string[] small = _world.Value.Small(((DocumentedCommand)shown).Words);
        Assert.That(Misunderstood(small), Is.Empty, string.Join(' ', small));

        CommandResult result = CommandResult.Of(small);

        Assert.That(result.ExitCode, Is.EqualTo(DocumentedWorld.ExitCodeOf(small)), $"{string.Join(' ', small)}\n{result.Messages}");
        Assert.That(result.Output, Is.Not.Empty);
    }

    /// <summary>What a sentence names, and what is not the program's own: its words are known.</summary>
    [Test]
    public void Commands_that_are_named_or_belong_to_other_programs_are_known()
    {
        DocumentedCommand[] others = [.. Others()];
        foreach (DocumentedCommand command in others)
        {
            if (command.IsOfProgram)
            {
                AssertNamed(command);
            }
            else
            {
                AssertOfOthers(command);
            }
        }

        TestContext.Out.WriteLine($"{Whole().Count()} command lines are run, {others.Length} are only parsed:\n{string.Join('\n', others.AsEnumerable())}");
    }

    [TestCase("./dora pretrian walk.mp4")]
    [TestCase("./dora embed walk.mp4 --wieghts runs/walk --output walk.npy")]
    [TestCase("./dora evaluate knnn FOLDER --weights runs/walk")]
    [TestCase("./dora export runs/walk --size large")]
    public void A_wrong_one_would_be_found(string line) =>
        Assert.That(Misunderstood(DocumentedCommand.Of("x.md", $"```\n{line}  # note\n```\n").Single().Words), Is.Not.Empty);

    private static Command Commands() => DoraProgram.Commands(new(TextWriter.Null, TextWriter.Null, isInteractive: false, isVerbose: false));

    /// <summary>What the program does not understand of a command line.</summary>
    private static string[] Misunderstood(string[] words)
    {
        ParseResult parsed = Commands().Parse(words);

        // An argument that takes any number of words takes misspelt options for some.
        IEnumerable<string> taken = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value);
        return [.. parsed.Errors.Select(error => error.Message), .. taken.Where(word => word.StartsWith('-'))];
    }

    /// <summary>Commands, also as <c>one|other</c>, and options; what else stands there is a stand-in.</summary>
    private static void AssertNamed(DocumentedCommand shown)
    {
        Command command = Commands();
        foreach (string word in shown.Words)
        {
            if (word.StartsWith("--", StringComparison.Ordinal))
            {
                Assert.That(command.Options.Select(option => option.Name), Does.Contain(word), $"{shown}");
            }
            else if (command.Subcommands.Count > 0)
            {
                foreach (string name in word.Split('|'))
                {
                    Assert.That(command.Subcommands.Select(one => one.Name), Does.Contain(name), $"{shown}");
                }

                command = command.Subcommands.First(one => one.Name == word.Split('|')[0]);
            }
        }
    }

    /// <summary><c>./dora test</c> with options of its own or of <c>dotnet test</c>; <c>dotnet</c> on projects that are there.</summary>
    private static void AssertOfOthers(DocumentedCommand shown)
    {
        string text = shown.Text.StartsWith("cd samples/EmbedImage && dotnet run ", StringComparison.Ordinal) ? "dotnet run --project samples/EmbedImage" : shown.Text;
        string[] words = text.Split(' ');
        Assert.That($"{words[0]} {words[1]}", Is.AnyOf("./dora test", "dotnet test", "dotnet run", "dotnet pack"), $"{shown}");
        string? project = words[1] switch { "run" => words[Array.IndexOf(words, "--project") + 1], "pack" => words[2], _ => null };
        Assert.That(project is null || Directory.GetFiles(Path.Combine(Repository.Root, project), "*.csproj").Length == 1, $"{shown}");
        if (words[0] == "./dora")
        {
            Assert.That(words[2..].Where(word => word.StartsWith('-')), Is.SubsetOf(TestOptions), $"{shown}");
        }
    }
}
