using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Configuration;

namespace DoRA.Pipeline.Cli;

/// <summary>Where a command computes that has no settings file.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<string?> _device =
        new("--device") { HelpName = "auto|cpu|cuda[:N]", Description = "Where to compute; default auto." };

    private readonly Option<string?> _precision =
        new("--precision") { HelpName = "fp32|bf16", Description = "What activations are stored in; bf16 on a card only; default fp32." };

    private readonly Option<int> _threads =
        new("--threads") { HelpName = "N", Description = "Threads of the CPU engine; default one per processor." };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_device, _precision, _threads])
        {
            command.Add(option);
        }
    }

    /// <exception cref="UserException">A device or precision has no such name.</exception>
    public RunSettings Run(ParseResult parsed)
    {
        string precision = $"run.precision={parsed.GetValue(_precision) ?? "fp32"}";
        string device = $"run.device={parsed.GetValue(_device) ?? "auto"}";
        return SettingsResolver.Resolve(null, [device, precision, $"run.threads={parsed.GetValue(_threads)}"], Preset.None).Settings.Run;
    }
}
