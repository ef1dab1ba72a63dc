using DoRA.Kernels;

namespace DoRA.Perf;

/// <summary>The benchmark of one operation. Every class derived from it that has a constructor without parameters is found and run.</summary>
public abstract class Benchmark
{
    /// <summary>What <c>--op</c> names: <c>linear</c>.</summary>
    public abstract string Operation { get; }

    /// <summary>The shapes, forward and backward. Data is made when a case is asked for and lives until the next one is.</summary>
    public abstract IEnumerable<BenchmarkCase> Cases(Device device);

    /// <summary>All benchmarks there are, by name.</summary>
    public static IReadOnlyList<Benchmark> All { get; } =
    [
        .. typeof(Benchmark).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Benchmark)) && !type.IsAbstract)
            .Select(type => (Benchmark)Activator.CreateInstance(type)!)
            .OrderBy(benchmark => benchmark.Operation, StringComparer.Ordinal),
    ];

    /// <summary>Memory filled with numbers like activations: uniform in [−1, 1), always the same.</summary>
    internal static DeviceSpan Random(Device device, long length)
    {
        Random random = new(1);
        float[] values = new float[length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (random.NextSingle() * 2) - 1;
        }

        DeviceSpan span = device.Allocate(length, ElementType.Float32);
        device.Upload<float>(span, values);
        return span;
    }
}
