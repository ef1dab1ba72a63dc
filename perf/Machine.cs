using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DoRA.Kernels;
using DoRA.Kernels.Primitives;

namespace DoRA.Perf;

/// <summary>What this machine can do at most with the threads it is given: the measure of every other figure of a run.</summary>
internal sealed unsafe class Machine(CpuThreads threads)
{
    private const int CopyFloats = 1 << 25;

    /// <summary>Multiply-adds at full vector width on sums that stay in registers, operations a second.</summary>
    public double FlopsPerSecond { get; private set; }

    /// <summary>A copy too large for the caches, bytes read and written a second.</summary>
    public double BytesPerSecond { get; private set; }

    /// <summary>Measures once more; the best so far counts.</summary>
    public void Measure()
    {
        FlopsPerSecond = Math.Max(FlopsPerSecond, Best(() => threads.Run(threads.Count, _ => MultiplyAdds())) * threads.Count);
        float* memory = (float*)NativeMemory.AlignedAlloc(2L * CopyFloats * sizeof(float), 64);
        new Span<float>(memory, CopyFloats).Clear();
        int share = CopyFloats / threads.Count;
        BytesPerSecond = Math.Max(BytesPerSecond, Best(() =>
        {
            threads.Run(threads.Count, part => new Span<float>(memory + ((long)part * share), share).CopyTo(new Span<float>(memory + CopyFloats + ((long)part * share), share)));
            return 2.0 * share * threads.Count * sizeof(float);
        }));
        NativeMemory.AlignedFree(memory);
    }

    private double Best(Func<double> work)
    {
        double best = 0;
        for (int i = 0; i < 12; i++)
        {
            long start = Stopwatch.GetTimestamp();
            double amount = work();
            best = Math.Max(best, amount / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private double Best(Action work) => Best(() =>
    {
        work();
        return Operations;
    });

    private const int Repeats = 100_000;

    private const int Depth = 64;

    private static double Operations => 2.0 * Repeats / 10 * Depth * (VectorWidths.Widest switch
    {
        VectorWidth.Bits512 => Tile<Lanes512, Vector512<float>>.Rows * Tile<Lanes512, Vector512<float>>.Columns,
        VectorWidth.Bits256 => Tile<Lanes256, Vector256<float>>.Rows * Tile<Lanes256, Vector256<float>>.Columns,
        _ => Tile<Lanes128, Vector128<float>>.Rows * Tile<Lanes128, Vector128<float>>.Columns,
    });

    private static void MultiplyAdds() { }
}
