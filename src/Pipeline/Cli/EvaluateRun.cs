using System.CommandLine;
using System.Diagnostics;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Training;

namespace DoRA.Pipeline.Cli;

/// <summary>What all evaluations share: the encoder is opened, the work done, the result written.</summary>
internal sealed class EvaluateRun(Terminal terminal, EvaluateOptions options, ParseResult parsed)
{
    /// <summary>Where drawings go; null for nowhere.</summary>
    public string? Output { get; } = options.CreateOutput(parsed);

    public WorkProgress Progress { get; } = new(terminal);

    public int Run<T>(Func<FrozenEncoder, EvaluationOutcome<T>> evaluate)
    {
        using Device device = Devices.Open(options.Run(parsed), terminal.Say);
        using FrozenEncoder encoder = EncoderFile.Open(device, options.Encoder(parsed), out EncoderDescription description);
        Stopwatch clock = Stopwatch.StartNew();
        EvaluationOutcome<T> outcome = evaluate(encoder);
        EvaluationReceipt<T> receipt = new(outcome, device, description, clock.Elapsed);
        if (Output is not null)
        {
            AtomicFile.WriteText(Path.Combine(Output, "receipt.json"), receipt.ToJson());
        }

        terminal.Result(options.WantsJson(parsed)
            ? receipt.ToJson()
            : $"{outcome.Protocol}\n{outcome.Data}\n{description.Network} of {description.Weights}\n\n{outcome.Table}");
        return ExitCode.Done;
    }
}
