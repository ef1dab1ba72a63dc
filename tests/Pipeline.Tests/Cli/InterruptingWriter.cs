namespace DoRA.Pipeline.Tests.Cli;

/// <summary>Takes messages, and interrupts as soon as a step is reported.</summary>
internal sealed class InterruptingWriter(CancellationTokenSource interruption) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value!.StartsWith("step ", StringComparison.Ordinal))
        {
            interruption.Cancel();
        }
    }
}
