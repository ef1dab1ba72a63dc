using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Tests.Cli;

/// <summary><c>docs/settings.md</c> is written by the code that it describes.</summary>
public class SettingsDocumentTests
{
    private const string Update = "DORA_UPDATE_DOCS";

    private const string Introduction =
        """
        # Settings

        Any of these can be set on the command line (`--set tracker.objects=2`), or in a YAML file given with `--config`, where the part before the
        dot is a section:
        ```yaml
        tracker:
          objects: 2
        ```
        A preset (`--preset demo|small|paper`) changes the defaults; a file stands above the preset, the command line above both. A run writes all values, each
        with its origin, to its `config.yaml`.


        """;

    [Test]
    public void The_document_is_up_to_date()
    {
        string path = Path.Combine(Repository.Root, "docs", "settings.md"), text = Introduction + SettingsTable.Markdown();
        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            File.WriteAllText(path, text);
        }

        Assert.That(File.ReadAllText(path), Is.EqualTo(text), $"docs/settings.md is out of date; {Update}=1 ./dora test --filter SettingsDocument writes it anew");
    }
}
