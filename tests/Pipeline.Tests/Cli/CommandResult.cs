using DoRA.Pipeline.Cli;

namespace DoRA.Pipeline.Tests.Cli;

/// <summary>What a command line came to, run in this process.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Messages)
{
    public static CommandResult Of(params string[] arguments) => Of(arguments, new StringWriter(), CancellationToken.None);

    public static CommandResult Of(string[] arguments, StringWriter messages, CancellationToken interruption)
    {
        using StringWriter output = new();
        int exitCode = new DoraProgram(output, messages).Run(arguments, interruption);
        return new(exitCode, output.ToString(), messages.ToString());
    }
}
