using System.Text.RegularExpressions;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;

namespace DoRA.Pipeline.Tests.Report;

public sealed partial class RunReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Run => _folder.File("run");

    [OneTimeSetUp]
    public void Train()
    {
        CommandResult result = CommandResult.Of(
            "pretrain", VideoFixtures.File("gopro3s_vp9.webm"), "--preset", "tiny", "--steps", "60", "--set", "watch.every=1", "--output", Run);
        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        Assert.That(result.Output, Does.Contain($"{Run}/report.html"), "the run ends by naming its report");
    }

    public void Dispose() => _folder.Dispose();

    [Test]
    public void A_browser_shows_every_picture_and_asks_nobody_for_anything()
    {
        // The page counts for itself, once all is loaded, how many of its pictures have pixels, and what it had to ask for; what its policy
        // forbids, which is everything outside, would show among its errors. The films are looked at as pictures, which loading waits for.
        string page = _folder.File("probed.html"), content = Page();
        string films = string.Concat(Films().Matches(content).Select(match => $"<img class=\"probe\" src=\"{match.Groups["film"].Value}\">"));
        string probe = films + """
            <script>
              addEventListener('load', () => {
                const asked = performance.getEntriesByType('resource').map(entry => entry.name).filter(name => !name.startsWith('data:'));
                const pictures = [...document.images].filter(image => image.complete && image.naturalWidth > 0).length;
                const films = [...document.querySelectorAll('.probe')].map(image => image.naturalWidth);
                document.querySelectorAll('.probe').forEach(image => image.hidden = true);
                document.title = `${asked.length ? asked : 'nothing'} asked, ${pictures} of ${document.images.length} pictures, films of ${films}, `
                  + `wide ${document.documentElement.scrollWidth}`;
              });
            </script></body>
            """;
        File.WriteAllText(page, content.Replace("</body>", probe, StringComparison.Ordinal)
            .Replace("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'", StringComparison.Ordinal));

        string shown = Browser.Load(page, _folder.File("profile"), out string log);

        Match title = Title().Match(shown);
        Assert.That(title.Success, shown[..Math.Min(2000, shown.Length)]);
        Assert.That(title.Groups["shown"].Value, Is.EqualTo(title.Groups["all"].Value).And.Not.EqualTo("0"));
        Assert.That(title.Groups["films"].Value, Is.EqualTo($"{24 * 224},{24 * 224}"), "two films of 24 frames of 224 pixels");
        Assert.That(int.Parse(title.Groups["wide"].Value), Is.LessThanOrEqualTo(500), "the page fits a narrow window");
        Assert.That(log, Is.Empty, "errors of the page");
    }

    [Test]
    public void The_page_names_nothing_outside_itself()
    {
        string page = Page();
        Assert.That(Outside().Matches(page).Select(match => match.Value), Is.Empty);
        foreach (string section in new[]
        {
            "Objects followed", "How the objects are found", "Patch tokens", "Attention heads", "Scores", "Curves", "Time", "ln K",
        })
        {
            Assert.That(page, Does.Contain(section));
        }

        Assert.That(Charts().Count(page), Is.GreaterThanOrEqualTo(11), "charts");
        Assert.That(page, Does.Not.Contain("#0A0B0"), "a stand-in for a colour was left");
        Assert.That(page, Does.Contain("prefers-color-scheme: dark"));
    }

    [Test]
    public void It_is_made_again_from_the_folder_alone()
    {
        string before = Page();
        File.Delete(Path.Combine(Run, "report.html"));

        CommandResult result = CommandResult.Of("report", Run);

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        Assert.That(Page(), Is.EqualTo(before));
    }

    [Test]
    public void A_folder_without_a_run_is_refused()
    {
        CommandResult result = CommandResult.Of("report", _folder.Path);
        Assert.That((result.ExitCode, result.Messages.Contains("config.yaml")), Is.EqualTo((2, true)), result.Messages);
    }

    [Test]
    public void A_damaged_snapshot_is_named()
    {
        using TemporaryFolder copy = new();
        foreach (string file in new[] { "config.yaml", "log.jsonl" })
        {
            File.Copy(Path.Combine(Run, file), copy.File(file));
        }

        Directory.CreateDirectory(copy.File("snapshots"));
        File.WriteAllText(copy.File("snapshots/start.safetensors"), "no tensors");
        File.WriteAllText(copy.File("snapshots/end.safetensors"), "no tensors");

        CommandResult result = CommandResult.Of("report", copy.Path);

        Assert.That((result.ExitCode, result.Messages.Contains("start.safetensors")), Is.EqualTo((2, true)), result.Messages);
    }

    private string Page() => File.ReadAllText(Path.Combine(Run, "report.html"));

    [GeneratedRegex("<title>nothing asked, (?<shown>\\d+) of (?<all>\\d+) pictures, films of (?<films>[\\d,]*), wide (?<wide>\\d+)</title>")]
    private static partial Regex Title();

    [GeneratedRegex("(src|href|url)[=(]\"?(?!data:|\"?data:|#|\"#|\\(?#)[^\\s>\")]+")]
    private static partial Regex Outside();

    [GeneratedRegex("background-image:url\\((?<film>data:[^)]+)\\)")]
    private static partial Regex Films();

    [GeneratedRegex("<figure class=\"chart\">")]
    private static partial Regex Charts();
}
