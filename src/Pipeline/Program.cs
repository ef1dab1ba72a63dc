using System.Runtime.InteropServices;
using DoRA.Pipeline.Cli;

// The first request to end lets the running command save its state; a second one ends the process as it always would.
using CancellationTokenSource interruption = new();
void Interrupt(PosixSignalContext context)
{
    context.Cancel = !interruption.IsCancellationRequested;
    interruption.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
return new DoraProgram(Console.Out, Console.Error, !Console.IsErrorRedirected).Run(args, interruption.Token);
