using System.Diagnostics;

namespace DoRA.Pipeline.Tests.Report;

/// <summary>A browser without a window, where this machine has one.</summary>
internal static class Browser
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>Loads a page, lets it run for a while, and returns what it then is.</summary>
    /// <param name="log">What the page wrote to its console, errors among it.</param>
    public static string Load(string page, string profile, out string log)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string? program = Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        if (program is null)
        {
            Assert.Ignore("no browser on this machine; apt-get install chromium");
        }

        ProcessStartInfo start = new(program!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[]
        {
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--disable-background-networking", "--no-first-run",
            "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND", $"--user-data-dir={profile}", "--enable-logging=stderr",
            "--virtual-time-budget=3000", "--window-size=390,844", "--dump-dom", $"file://{page}",
        })
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(), content = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(LongestWait))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} did not load {page} within {LongestWait.TotalMinutes} minutes");
        }

        log = string.Join('\n', errors.Result.Split('\n').Where(line => line.Contains("CONSOLE", StringComparison.Ordinal)));
        return content.Result;
    }
}
