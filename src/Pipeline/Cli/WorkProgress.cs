using System.Diagnostics;
using Spectre.Console;

namespace DoRA.Pipeline.Cli;

/// <summary>The progress of countable work: a moving line on a terminal, a plain line now and then elsewhere.</summary>
internal sealed class WorkProgress(Terminal terminal)
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    /// <summary>Runs <paramref name="work"/>, which tells what it is given how many are done of how many.</summary>
    /// <param name="what">What is counted, as <c>pictures</c>.</param>
    public T Run<T>(string what, Func<Action<int, int>, T> work)
    {
        Stopwatch clock = Stopwatch.StartNew();
        string Line(int done, int all) =>
            $"{done}/{all} {what}  {done / clock.Elapsed.TotalSeconds:f1}/s  {TrainingProgress.Duration(clock.Elapsed / Math.Max(1, done) * (all - done))} left";
        if (!terminal.IsInteractive)
        {
            TimeSpan next = PlainInterval;
            return work((done, all) =>
            {
                if (clock.Elapsed >= next)
                {
                    terminal.Say(Line(done, all));
                    next = clock.Elapsed + PlainInterval;
                }
            });
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Messages) });
        return console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn { Width = 20 }, new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                ProgressTask bar = context.AddTask(what);
                return work((done, all) =>
                {
                    (bar.MaxValue, bar.Value) = (all, done);
                    bar.Description = Line(done, all);
                });
            });
    }
}
