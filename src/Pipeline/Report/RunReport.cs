using System.Text;
using System.Text.Json;
using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Watch;

namespace DoRA.Pipeline.Report;

/// <summary>
/// <c>report.html</c>: what there is to see of a run, in one page that needs nothing beside itself. It is made from the run's folder alone, so it
/// can be made again anywhere.
/// </summary>
public static class RunReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Writes the page into the folder.</summary>
    /// <exception cref="UserException">The run has no log yet, or something in its folder is damaged.</exception>
    public static void Write(RunFolder folder)
    {
        Settings settings = SettingsResolver.Resolve(folder.Configuration).Settings;
        StepRecord[] log = File.Exists(folder.Log) ? [.. RunLog.Read(folder.Log)] : [];
        if (log.Length == 0)
        {
            throw new UserException($"{folder.FullPath} has no steps in its log.jsonl yet, so there is nothing to report.");
        }

        Receipt? receipt = File.Exists(folder.Receipt) ? JsonSerializer.Deserialize<Receipt>(File.ReadAllText(folder.Receipt), Options) : null;
        CollapseWatch watch = new(settings.Watch, settings.Head.Outputs);
        foreach (StepRecord record in log)
        {
            watch.Look(record);
        }

        StringBuilder page = new();
        page.Append(Header(folder, settings, log, receipt, watch));
        if (File.Exists(folder.FirstSnapshot) && File.Exists(folder.LastSnapshot))
        {
            page.Append(new SnapshotSections(settings, Snapshot.Load(folder.FirstSnapshot), Snapshot.Load(folder.LastSnapshot)).ToHtml());
        }

        page.Append(ScoreSection.ToHtml(receipt?.Results.Scores ?? [], log));
        page.Append(CurveSection.ToHtml(settings, log));
        page.Append(TimeSection.ToHtml(settings, log, receipt));
        page.Append(Details(receipt));
        AtomicFile.WriteText(folder.Report, Page(Path.GetFileName(folder.FullPath), page.ToString()));
    }

    /// <summary>Writes the page; a run does not fail because it cannot be written.</summary>
    /// <param name="say">Told what went wrong.</param>
    public static void TryWrite(RunFolder folder, Action<string> say)
    {
        try
        {
            Write(folder);
        }
        catch (Exception error) when (error is UserException or IOException or UnauthorizedAccessException)
        {
            say($"The report could not be written: {error.Message}");
        }
    }

    private static string Header(RunFolder folder, Settings settings, StepRecord[] log, Receipt? receipt, CollapseWatch watch)
    {
        string method = settings.Method == Method.Dino ? "DINO" : "DoRA";
        string videos = receipt is null ? "" : $" on {string.Join(", ", receipt.Videos.Select(video => Html.Text(video.Name)))}";
        string kind = watch.Warnings.Any(warning => warning.IsAlarm) ? "bad" : watch.Warnings.Count > 0 ? "doubtful" : "good";
        bool isFinite = double.IsFinite(log[^1].Loss);
        string verdict = isFinite ? watch.Verdict : "The loss became no finite number, and training stopped there.";
        return $"""
            <header><h1>{Html.Text(Path.GetFileName(folder.FullPath))}</h1>
            <p>{method}{videos}: {log[^1].Step} steps, loss {log[^1].Loss:f3}.</p>
            <p class="verdict {(isFinite ? kind : "bad")}">{Html.Text(verdict)}</p></header>

            """;
    }

    private static string Details(Receipt? receipt)
    {
        if (receipt is null)
        {
            return "";
        }

        StringBuilder rows = new();
        rows.Append($"<tr><td>code</td><td>{Html.Text(receipt.Code)}</td></tr><tr><td>device</td><td>{Html.Text(receipt.Device)}</td></tr>");
        foreach (VideoFingerprint video in receipt.Videos)
        {
            rows.Append($"<tr><td>{Html.Text(video.Name)}</td><td>{video.Bytes / 1e6:f1} MB, SHA-256 {video.Sha256[..16]}…</td></tr>");
        }

        if (receipt.Start is { } start)
        {
            rows.Append($"<tr><td>{Html.Text(Path.GetFileName(start.Path))}</td><td>the weights it began with, SHA-256 {start.Sha256[..16]}…</td></tr>");
        }

        foreach ((string name, string value) in receipt.Settings)
        {
            rows.Append($"<tr><td>{Html.Text(name)}</td><td>{Html.Text(value)}</td></tr>");
        }

        return $"<section><details><summary>Settings, videos and device</summary><table class=\"plain\">{rows}</table></details></section>\n";
    }

    private static string Page(string title, string content) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <link rel="icon" href="data:,">
        <title>{Html.Text(title)}</title>
        <style>
        {Style()}</style>
        </head>
        <body>
        <main>
        {content}</main>
        </body>
        </html>

        """;

    private static string Style()
    {
        using Stream stream = typeof(RunReport).Assembly.GetManifestResourceStream("report.css")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
