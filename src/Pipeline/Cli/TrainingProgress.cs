using System.Diagnostics;
using DoRA.Pipeline.Runs;
using Spectre.Console;

namespace DoRA.Pipeline.Cli;

/// <summary>The progress of a training run: a moving bar with its figures on a terminal, a plain line now and then elsewhere.</summary>
public sealed class TrainingProgress(Terminal terminal)
{
    private const int BarWidth = 40;
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    /// <summary>Runs <paramref name="training"/>, which calls what it is given after each step.</summary>
    /// <param name="stepsDone">Steps that an earlier call did.</param>
    /// <param name="steps">Steps of the whole run.</param>
    public void Run(int stepsDone, int steps, Action<Action<StepRecord>> training)
    {
        Stopwatch clock = Stopwatch.StartNew();
        string Place(StepRecord record) =>
            $"step {record.Step}/{steps}  {Duration(clock.Elapsed / (record.Step - stepsDone) * (steps - record.Step))} left";
        if (terminal.IsInteractive)
        {
            IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Messages) });
            console.Live(new Text("The first step ...")).Start(context => training(record =>
                context.UpdateTarget(new Rows(new Text($"{Bar((double)record.Step / steps)}  {Place(record)}"), new Text(Figures(record))))));
            return;
        }

        TimeSpan next = TimeSpan.Zero;
        training(record =>
        {
            if (clock.Elapsed >= next || record.Step == steps)
            {
                terminal.Say($"{Place(record)}  {Figures(record)}");
                next = clock.Elapsed + PlainInterval;
            }
        });
    }

    /// <summary><c>3:05</c> or <c>2:03:05</c>.</summary>
    public static string Duration(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time:mm\\:ss}" : $"{(int)time.TotalMinutes}:{time:ss}";

    private static string Bar(double share) => new string('━', (int)(BarWidth * share)).PadRight(BarWidth, '─');

    private static string Figures(StepRecord record) =>
        $"loss {record.Loss:f3}  rate {record.LearningRate:0.0e0}  gradient {record.GradientNorm:g3}  "
        + $"{record.ClipsPerSecond:f1} clips/s  data-wait {record.DataWait:p0}  {record.MemoryBytes >> 20} MB";
}
