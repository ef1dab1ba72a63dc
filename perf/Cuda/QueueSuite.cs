using System.Diagnostics;
using System.Globalization;
using DoRA.Kernels;
using DoRA.PtxMachine.Counting;

namespace DoRA.Perf.Cuda;

/// <summary>
/// What the host does for a step on a card: launches, copies, and its own time without the driver's. The driver's comes on top, a few microseconds a
/// launch. A card waits for the host where both together are longer than its kernels, of which the products' floor is printed.
/// </summary>
internal static class QueueSuite
{
    private const int Steps = 20;

    public static void Run()
    {
        Console.WriteLine($"{"one clip, bf16",-16}{"launches",10}{"copies",8}{"KB",8}{"ms",8}{"us/launch",11}{"H200 at least ms",18}");
        CountingDriver driver = new();
        using CudaDevice device = new(driver, "no card", ElementType.BFloat16);
        foreach (BenchmarkCase item in Benchmark.All.OfType<StepBenchmark>().SelectMany(benchmark => benchmark.Cases(device)))
        {
            double seconds = Fastest(device, item.Queue!);
            (long launches, long copies, long bytes) = (driver.Launches, driver.Copies, driver.CopiedBytes);
            item.Queue!();
            (launches, copies, bytes) = (driver.Launches - launches, driver.Copies - copies, driver.CopiedBytes - bytes);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{item.Name,-16}{launches,10}{copies,8}{bytes / 1024.0,8:F1}{seconds * 1e3,8:F2}{seconds * 1e6 / launches,11:F2}"
                + $"{item.Flops / (Card.H200.HalfTeraflops * 1e12) * 1e3,18:F2}"));
        }
    }

    /// <summary>Seconds that the host takes at least to queue a step on an idle device.</summary>
    public static double Fastest(Device device, Action queue)
    {
        double fastest = double.PositiveInfinity;
        for (int i = 0; i < Steps; i++)
        {
            device.Synchronize();
            long start = Stopwatch.GetTimestamp();
            queue();
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        device.Synchronize();
        return fastest;
    }
}
