using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DoRA.Kernels;

namespace DoRA.Perf;

/// <summary>
/// Times every case of the chosen operations on the CPU engine: in rounds, ours and the peer alternating, the fastest call of each side counting; other work on
/// the machine slows calls down and never speeds one up. A row is printed as soon as it is known.
/// </summary>
internal sealed class CpuSuite(int threads, double seconds, int rounds, Peer? peer)
{
    public static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <param name="operation">As in <see cref="Benchmark.Operation"/>, or what stands before a slash in it; null for all.</param>
    /// <exception cref="UserException">There is no such operation.</exception>
    public void Run(string? operation, string resultFile)
    {
        IReadOnlyList<Benchmark> benchmarks = [.. Benchmark.All.Where(benchmark =>
            operation is null || (benchmark.Operation + '/').StartsWith(operation + '/', StringComparison.Ordinal))];
        if (benchmarks.Count == 0)
        {
            throw new UserException(
                $"--op is {operation}; there are {string.Join(", ", Benchmark.All.Select(benchmark => benchmark.Operation))}.");
        }

        using CpuDevice device = new(threads);
        Machine machine = new(device.Threads);
        machine.Measure();
        Console.WriteLine(machine.Describe(device));
        Console.WriteLine($"{"",-42}{"ours ms",10}{"peer ms",10}{"peer/ours",11}{"rate",16}{"of peak",9}");
        List<Result> results = [];
        foreach (BenchmarkCase item in benchmarks.SelectMany(benchmark => benchmark.Cases(device)))
        {
            results.Add(Time(item));
            Console.WriteLine(Row(results[^1], machine));
            if (item.IsStep)
            {
                DrawProfile(device, item, Path.GetDirectoryName(Path.GetFullPath(resultFile))!);
            }
        }

        machine.Measure();
        Console.WriteLine(machine.Describe(device));
        Write(results, machine, resultFile);
    }

    private Result Time(BenchmarkCase item)
    {
        double ours = double.PositiveInfinity, theirs = double.PositiveInfinity;
        long? memory = null, peerMemory = null;
        for (int round = 0; round < rounds; round++)
        {
            ours = Math.Min(ours, Fastest(item.Run, seconds));
            if (peer is not null && item.Peer is not null)
            {
                (double time, long peak) = peer.Time(item.Peer, seconds);
                theirs = Math.Min(theirs, time);
                peerMemory = item.IsStep ? Math.Max(peerMemory ?? 0, peak) : null;
            }
        }

        if (peerMemory is not null)
        {
            // Alone in a process, as the peer is.
            memory = MeasuredProcess.RunSelf($"once {item.Name} --threads {threads}").PeakBytes;
        }

        return new(item.Name, ours, double.IsFinite(theirs) ? theirs : null, item.Flops, item.Bytes)
        {
            Memory = memory,
            PeerMemory = peerMemory,
        };
    }

    /// <summary>Seconds of the fastest call within a measuring time.</summary>
    public static double Fastest(Action run, double seconds)
    {
        run();
        double fastest = double.PositiveInfinity;
        long begin = Stopwatch.GetTimestamp();
        do
        {
            long start = Stopwatch.GetTimestamp();
            run();
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        while (Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds);
        return fastest;
    }

    private static void DrawProfile(CpuDevice device, BenchmarkCase item, string folder)
    {
        IReadOnlyList<(string Operation, double Seconds)> parts = StepProfile.Measure(device, item.Run);
        double whole = parts.Sum(part => part.Seconds);
        foreach ((string operation, double time) in parts)
        {
            Console.WriteLine($"    {operation,-38}{time * 1e3,10:F3}{time / whole,8:P1}");
        }

        Directory.CreateDirectory(folder);
        Charts.Profile($"{item.Name}, by operation", parts, Path.Combine(folder, $"{item.Name.Replace('/', '-')}.svg"));
    }

    private static string Row(Result result, Machine machine)
    {
        string peer = result.Peer is null ? $"{"",21}" : $"{result.Peer * 1e3,10:F3}{result.Ratio,11:F2}";
        string rate = result.Flops > 0 ? $"{result.Flops / result.Ours / 1e9,8:F1} GFLOP/s" : $"{result.Bytes / result.Ours / 1e9,8:F1} GB/s   ";
        string memory = result.Memory is null ? "" : string.Create(CultureInfo.InvariantCulture,
            $"  {result.Memory / 1e9:F2} GB of memory at the peak, the peer {result.PeerMemory / 1e9:F2}");
        return $"{result.Name,-42}{result.Ours * 1e3,10:F3}{peer}{rate}{result.Share(machine),9:P0}{memory}";
    }

    private static void Write(List<Result> results, Machine machine, string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        File.WriteAllText(file, JsonSerializer.Serialize(
            results.Select(result => new
            {
                result.Name, result.Ours, result.Peer, result.Ratio, result.Flops, result.Bytes, Share = result.Share(machine), result.Memory,
                result.PeerMemory,
            }),
            Json) + "\n");
    }
}
