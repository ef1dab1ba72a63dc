using System.Diagnostics;
using System.Text.Json;
using DoRA.Kernels;

namespace DoRA.Perf;

/// <summary>
/// Times every case of the chosen operations on the CPU engine: in rounds, ours and the peer alternating, the fastest call of each side counting; other work on
/// the machine slows calls down and never speeds one up.
/// </summary>
internal sealed class CpuSuite(int threads, double seconds, int rounds, Peer? peer)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public void Run(string? operation, string resultFile)
    {
        using CpuDevice device = new(threads);
        Machine machine = new(device.Threads);
        machine.Measure();
        List<Result> results = [];
        foreach (Benchmark benchmark in Benchmark.All.Where(benchmark => operation is null || (benchmark.Operation + '/').StartsWith(operation + '/', StringComparison.Ordinal)))
        {
            foreach (BenchmarkCase item in benchmark.Cases(device))
            {
                results.Add(Time(item));
            }
        }

        machine.Measure();
        Console.WriteLine($"{device.Name}: {machine.FlopsPerSecond / 1e9:F0} GFLOP/s of multiply-adds, {machine.BytesPerSecond / 1e9:F1} GB/s of copying");
        Console.WriteLine($"{"",-42}{"ours ms",10}{"peer ms",10}{"peer/ours",11}{"rate",16}{"of peak",9}");
        foreach (Result result in results)
        {
            Console.WriteLine(Row(result, machine));
        }

        Write(results, machine, resultFile);
    }

    private Result Time(BenchmarkCase item)
    {
        double ours = double.PositiveInfinity, theirs = double.PositiveInfinity;
        for (int round = 0; round < rounds; round++)
        {
            ours = Math.Min(ours, Fastest(item.Run));
            if (peer is not null && item.Peer is not null)
            {
                theirs = Math.Min(theirs, peer.Seconds(item.Peer, seconds));
            }
        }

        return new(item.Name, ours, double.IsFinite(theirs) ? theirs : null, item.Flops, item.Bytes);
    }

    private double Fastest(Action run)
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

    private static string Row(Result result, Machine machine)
    {
        string peer = result.Peer is null ? $"{"",21}" : $"{result.Peer * 1e3,10:F3}{result.Ratio,11:F2}";
        string rate = result.Flops > 0 ? $"{result.Flops / result.Ours / 1e9,8:F1} GFLOP/s" : $"{result.Bytes / result.Ours / 1e9,8:F1} GB/s   ";
        return $"{result.Name,-42}{result.Ours * 1e3,10:F3}{peer}{rate}{Share(result, machine),9:P0}";
    }

    private static double Share(Result result, Machine machine) =>
        result.Flops > 0 ? result.Flops / result.Ours / machine.FlopsPerSecond : result.Bytes / result.Ours / machine.BytesPerSecond;

    private static void Write(List<Result> results, Machine machine, string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        File.WriteAllText(file, JsonSerializer.Serialize(
            results.Select(result => new { result.Name, result.Ours, result.Peer, result.Ratio, result.Flops, result.Bytes, Share = Share(result, machine) }), s_json) + "\n");
    }
}
