using System.CommandLine;
using DoRA.Pipeline.Report;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Cli;

/// <summary><c>report RUN</c>: makes a run's page again.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> run = new("RUN") { Description = "A run's folder." };
        Option<bool> json = new("--json") { Description = "Results as JSON." };
        Option<bool> verbose = new("--verbose") { Description = "Says where an error came from." };
        Command command = new("report", "Makes a run's report.html again, from the files in its folder.\nExample: dora report runs/walk") { run, json, verbose };
        command.SetAction(parsed =>
        {
            RunFolder folder = RunFolder.Open(parsed.GetRequiredValue(run));
            RunReport.Write(folder);
            terminal.Result(parsed.GetValue(json) ? ResultJson.Of(new { report = folder.Report }) : folder.Report);
            return ExitCode.Done;
        });
        return command;
    }
}
