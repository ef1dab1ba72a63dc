using System.Runtime.InteropServices;
using DoRA.Kernels;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Evaluation;

/// <summary>What an evaluation came to.</summary>
/// <param name="Protocol">What was done, in a phrase.</param>
/// <param name="Data">What it was done on.</param>
/// <param name="Settings">The protocol's numbers as they were used.</param>
/// <param name="Table">The results for a person to read.</param>
public sealed record EvaluationOutcome<T>(
    string Protocol, string Data, IReadOnlyDictionary<string, object> Settings, T Results, string Table);

/// <summary>A result with all that is needed to get it again.</summary>
/// <param name="Seconds">Time of the evaluation, without opening the weights.</param>
public sealed record EvaluationReceipt<T>(
    string Code,
    string Device,
    string Machine,
    string Protocol,
    string Data,
    EncoderDescription Encoder,
    IReadOnlyDictionary<string, object> Settings,
    T Results,
    double Seconds)
{
    public EvaluationReceipt(EvaluationOutcome<T> outcome, Device device, EncoderDescription encoder, TimeSpan time) : this(
        CodeVersion.Current,
        device.Name,
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}",
        outcome.Protocol,
        outcome.Data,
        encoder,
        outcome.Settings,
        outcome.Results,
        time.TotalSeconds)
    {
    }

    public string ToJson() => ResultJson.Of(this);
}
