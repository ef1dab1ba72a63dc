using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Doctor;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Cli;

/// <summary><c>doctor</c>: the machine, and every operation held to what it should give, with its speed.</summary>
internal sealed class DoctorCommand
{
    private const double SecondsAnOperation = 0.1;

    private readonly DeviceOptions _device = new();
    private readonly Option<bool> _json = new("--json") { Description = "Results as JSON." };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Says where an error came from." };

    public static Command Create(Terminal terminal)
    {
        DoctorCommand options = new();
        Command command = new(
            "doctor", "Checks the machine: FFmpeg, card and driver, and each operation's result and speed.\nExample: dora doctor --device cuda --precision bf16")
        {
            options._json, options._verbose,
        };
        options._device.AddTo(command);
        command.SetAction(parsed => options.Run(parsed, terminal));
        return command;
    }

    private int Run(ParseResult parsed, Terminal terminal)
    {
        RunSettings settings = _device.Run(parsed);
        string? noCard = settings.Device == "cpu" ? "--device is cpu, so no card was looked for." : null;
        using Device device = Devices.Open(settings, said => noCard = said);
        noCard = device is CpuDevice ? noCard : null;
        Sickness sickness = new();
        MachineFacts machine = new(
            RuntimeInformation.OSDescription, $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}",
            Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128,
            sickness.Try(() => FFmpegLibraries.Version), device.Name, (device as CudaDevice)?.Card, noCard);
        if (!parsed.GetValue(_json))
        {
            terminal.Result(machine.ToText());
        }

        List<CheckResult> checks = [];
        new WorkProgress(terminal).Run("operations", report =>
        {
            foreach (CheckResult result in OperationDoctor.Run(device, OperationCheck.All, SecondsAnOperation))
            {
                checks.Add(result);
                report(checks.Count, OperationCheck.All.Count);
            }

            return checks.Count;
        });
        sickness.Add(checks.Where(check => !check.IsRight).Select(check => string.Create(CultureInfo.InvariantCulture,
            $"{check.Operation} is off by {Scientific(check.Error!.Value)} from the {check.Against}, more than {check.Tolerance}: do not train with --device {settings.Device} here.")));
        terminal.Result(parsed.GetValue(_json) ? ResultJson.Of(new { machine, checks, faults = sickness.Faults }) : Table(checks, sickness));
        return sickness.Faults.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static string Scientific(double value) => value.ToString("0.0e-0", CultureInfo.InvariantCulture);

    private static string Table(IEnumerable<CheckResult> checks, Sickness sickness)
    {
        string table = TextTable.Of(["operation", "shape", "ms", "rate", "error", "against", ""], checks.Select(check => (string[])
        [
            check.Operation, check.Shape, check.Seconds < 1e-4 ? $"{check.Seconds * 1e3:F4}" : $"{check.Seconds * 1e3:F2}",
            check.FlopsPerSecond is { } flops ? $"{flops / 1e9:F0} GFLOP/s" : $"{check.BytesPerSecond / 1e9:F1} GB/s",
            check.Error is { } error ? Scientific(error) : "-", check.Against, check.Error is null ? "" : check.IsRight ? "ok" : "WRONG",
        ]));
        return $"{table}\n\n{(sickness.Faults.Count == 0 ? "All is well." : string.Join('\n', sickness.Faults))}";
    }

    /// <summary>What was found wrong, a sentence each.</summary>
    private sealed class Sickness
    {
        public List<string> Faults { get; } = [];

        public void Add(IEnumerable<string> faults) => Faults.AddRange(faults);

        public string? Try(Func<string> ask)
        {
            try
            {
                return ask();
            }
            catch (UserException fault)
            {
                Faults.Add(fault.Message);
                return null;
            }
        }
    }

    /// <param name="VectorBits">Of the CPU's vectors.</param>
    /// <param name="FFmpeg">Its version; null where it is missing.</param>
    /// <param name="NoCard">Why no card was checked; null where one was.</param>
    private sealed record MachineFacts(
        string System, string Runtime, int Processors, long MemoryBytes, int VectorBits, string? FFmpeg, string Device, CudaCard? Card, string? NoCard)
    {
        public string ToText()
        {
            string card = Card is null
                ? $"CUDA was not checked: {NoCard}"
                : $"{Card.Name}, compute capability {Card.Capability}, {Card.Multiprocessors} multiprocessors, "
                    + $"{Card.MemoryBytes / 1073741824.0:F0} GiB, driver for CUDA {Card.DriverVersion}";
            return $"""
                system        {System}
                .NET          {Runtime}
                CPU           {Processors} processors, vectors of {VectorBits} bits, {MemoryBytes / 1073741824.0:F1} GiB of memory
                FFmpeg        {FFmpeg ?? "missing"}
                card          {card}
                computing on  {Device}

                """;
        }
    }
}
