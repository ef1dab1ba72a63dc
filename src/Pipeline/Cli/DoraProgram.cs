using System.CommandLine;
using System.CommandLine.Help;
using DoRA.Kernels;
using DoRA.Pipeline.Training;

namespace DoRA.Pipeline.Cli;

/// <summary>
/// The program, apart from its process: arguments in, an exit code out. Results go to <paramref name="output"/>, progress and messages to
/// <paramref name="messages"/>.
/// </summary>
/// <param name="isInteractive">True when a person watches the messages on a terminal.</param>
public sealed class DoraProgram(TextWriter output, TextWriter messages, bool isInteractive = false)
{
    /// <param name="interruption">Asks a running command to save its state and leave.</param>
    public int Run(string[] arguments, CancellationToken interruption)
    {
        bool verbose = arguments.Contains("--verbose");
        Terminal terminal = new(output, messages, isInteractive, verbose);
        Command root = Commands(terminal);
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            string command = parsed.CommandResult.Command == root ? "dora" : $"dora {parsed.CommandResult.Command.Name}";
            messages.WriteLine($"dora: {parsed.Errors[^1].Message} `{command} --help` lists what there is.");
            return ExitCode.WrongUse;
        }

        try
        {
            InvocationConfiguration configuration = new()
            {
                Output = output,
                Error = messages,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return parsed.InvokeAsync(configuration, interruption).GetAwaiter().GetResult();
        }
        catch (UserException error)
        {
            return Fail(error, ExitCode.WrongUse, verbose);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception error) when (error is TrainingException or IOException or UnauthorizedAccessException)
        {
            return Fail(error, ExitCode.Failed, verbose);
        }
    }

    /// <summary>Everything that can be asked for.</summary>
    internal static Command Commands(Terminal terminal) => new("dora", "Trains a vision encoder from one long video (DoRA, ICLR 2024).")
    {
        new HelpOption(),
        new VersionOption(),
        PretrainCommand.Create(terminal),
        InspectCommand.Create(terminal),
        ProxyCommand.Create(terminal),
        DatasetCommand.Create(terminal),
        EvaluateCommand.Create(terminal),
        ImportCommand.Create(terminal),
        ExportCommand.Create(terminal),
        EmbedCommand.Create(terminal),
        VisualiseCommand.Create(terminal),
        CompareCommand.Create(terminal),
        ReproduceCommand.Create(terminal),
        ReportCommand.Create(terminal),
        DoctorCommand.Create(terminal),
    };

    private int Fail(Exception error, int exitCode, bool verbose)
    {
        messages.WriteLine($"dora: {(verbose ? error : error.Message)}");
        return exitCode;
    }
}
