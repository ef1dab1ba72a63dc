using System.Globalization;
using DoRA.Kernels;
using DoRA.Pipeline.Doctor;
using DoRA.PtxMachine.Counting;

namespace DoRA.Perf.Cuda;

/// <summary>Measures one card. A row is printed as soon as it is known.</summary>
/// <param name="isMachine">The PTX machine stands in for a card.</param>
/// <param name="peerScript">Times PyTorch on the card, or null.</param>
internal sealed class CudaSuite(CudaDevice device, bool isMachine, double seconds, string? peerScript)
{
    /// <summary>Larger than any cache.</summary>
    private const long CopyBytes = 1L << 29;

    private readonly Peer? _peer = peerScript is null ? null : new(peerScript, Environment.ProcessorCount);

    private string PeerOptions => device.ActivationType == ElementType.BFloat16 ? " --device cuda --autocast bf16" : " --device cuda";

    /// <summary>The card of that name, where its rates are known.</summary>
    public static Card? CardOf(CudaDevice device) => Card.All.FirstOrDefault(card => device.Name.Contains(card.Name, StringComparison.Ordinal));

    public CudaResults Run(OperationCheck[] checks, int repeats, bool withSteps)
    {
        Card? peak = CardOf(device);
        double copy = CopyRate();
        Console.WriteLine($"{device.Name}: {copy / 1e9:F0} GB/s of copying{(peak is null ? "" : $", {peak.HalfTeraflops} TFLOP/s of bf16 products and {peak.MemoryGigabytes} GB/s by the data sheet")}");
        Console.WriteLine($"{"",-34}{"shape",-26}{"ms",9}{"rate",16}{"of peak",9}{"peer/ours",11}{"error",10}{"other bits",12}");
        List<CudaRow> rows = [];
        foreach (OperationCheck check in checks)
        {
            CheckResult result = OperationDoctor.Run(device, [check], seconds).Single();
            int different = RaceHunt.Run(device, check, repeats);
            double? peer = _peer is not null && Peers.Of(check.Name) is { } arguments ? _peer.Time(arguments + PeerOptions, seconds).Seconds : null;
            double floor = Math.Max(peak is null ? 0 : check.Flops / (peak.HalfTeraflops * 1e12), check.Bytes(device.ActivationType.Size()) / copy);
            rows.Add(new(check.Name, check.Shape, result.Error ?? 0, result.IsRight && different == 0, result.Seconds, result.FlopsPerSecond, result.BytesPerSecond,
                peak is null ? null : floor / result.Seconds, different, peer));
            Console.WriteLine(Text(rows[^1], repeats));
        }

        IReadOnlyDictionary<string, double> errors = MachineComparison.Run(device);
        foreach ((string name, double error) in errors)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"PTX machine against the card, {name}: {error:0.0e-0}"));
        }

        return new(device.Name, peak, copy, rows, errors, withSteps ? Steps() : []);
    }

    private List<CudaStep> Steps()
    {
        List<CudaStep> steps = [];
        foreach (BenchmarkCase item in Benchmark.All.OfType<StepBenchmark>().SelectMany(benchmark => benchmark.Cases(device)))
        {
            double time = CpuSuite.Fastest(item.Run, 10 * seconds);
            double queued = QueueSuite.Fastest(device, item.Queue!);
            double? peer = _peer?.Time($"{item.Peer}{PeerOptions}", 10 * seconds).Seconds;
            steps.Add(new(item.Name, time, queued, item.Flops, peer));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{item.Name,-60}{time * 1e3,9:F2}{item.Flops / time / 1e12,8:F1} TFLOP/s{"",9}{peer / time,11:F2}   queued in {queued * 1e3:F2} ms"));
        }

        return steps;
    }

    /// <summary>Bytes read and written a second by the engine's copy kernel.</summary>
    private double CopyRate()
    {
        long bytes = isMachine ? 1 << 16 : CopyBytes;
        using DeviceBuffer from = device.Allocate(bytes), to = device.Allocate(bytes);
        device.Clear(from.AsSpan(ElementType.Float32));
        return 2 * bytes / OperationDoctor.Fastest(device, () => device.Copy(to.AsSpan(ElementType.Float32), from.AsSpan(ElementType.Float32)), seconds);
    }

    private static string Text(CudaRow row, int repeats)
    {
        string rate = row.FlopsPerSecond is { } flops ? $"{flops / 1e12:F2} TFLOP/s" : $"{row.BytesPerSecond / 1e9:F0} GB/s";
        return string.Create(CultureInfo.InvariantCulture, $"{row.Operation,-34}{row.Shape,-26}{row.Seconds * 1e3,9:F4}{rate,16}{row.Share,9:P0}"
            + $"{row.Peer / row.Seconds,11:F2}{row.Error,10:0.0e-0}{$"{row.DifferentRuns}/{repeats}",12}{(row.IsRight ? "" : "  WRONG")}");
    }
}
