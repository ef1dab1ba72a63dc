using System.Diagnostics;
using DoRA.Pipeline.Runs;
using Spectre.Console;

namespace DoRA.Pipeline.Cli;

/// <summary>The progress of a training run: a moving line on a terminal, a plain line now and then elsewhere.</summary>
public sealed class TrainingProgress(Terminal terminal)
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    /// <summary>Runs <paramref name="training"/>, which calls what it is given after each step.</summary>
    /// <param name="stepsDone">Steps that an earlier call did.</param>
    /// <param name="steps">Steps of the whole run.</param>
    public void Run(int stepsDone, int steps, Action<Action<StepRecord>> training)
    {
        Stopwatch clock = Stopwatch.StartNew();
        string Line(StepRecord record) => Describe(record, steps, clock.Elapsed / (record.Step - stepsDone) * (steps - record.Step));
        if (!terminal.IsInteractive)
        {
            TimeSpan next = TimeSpan.Zero;
            training(record =>
            {
                if (clock.Elapsed >= next || record.Step == steps)
                {
                    terminal.Say(Line(record));
                    next = clock.Elapsed + PlainInterval;
                }
            });
            return;
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Messages) });
        console.Progress()
            .Columns(new ProgressBarColumn { Width = 20 }, new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("the first step", maxValue: steps);
                bar.Value = stepsDone;
                training(record =>
                {
                    bar.Value = record.Step;
                    bar.Description = Line(record);
                });
            });
    }

    private static string Describe(StepRecord record, int steps, TimeSpan left) =>
        $"step {record.Step}/{steps}  loss {record.Loss:f3}  rate {record.LearningRate:0.0e0}  gradient {record.GradientNorm:g3}  "
        + $"{record.ClipsPerSecond:f1} clips/s  data-wait {record.DataWait:p0}  {record.MemoryBytes >> 20} MB  {Duration(left)} left";

    /// <summary><c>3:05</c> or <c>2:03:05</c>.</summary>
    public static string Duration(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time:mm\\:ss}" : $"{(int)time.TotalMinutes}:{time:ss}";
}
