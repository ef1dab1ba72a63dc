using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DoRA.Kernels;
using DoRA.Kernels.Primitives;

namespace DoRA.Perf;

/// <summary>What this machine can do at most with the threads it is given: the measure of every other figure of a run.</summary>
internal sealed unsafe class Machine(CpuThreads threads)
{
    private const int Rounds = 200_000;
    private const int Sums = 12;
    private const int CopyFloats = 1 << 24;

    /// <summary>Multiply-adds of full vectors on sums that stay in registers; operations a second.</summary>
    public double FlopsPerSecond { get; private set; }

    /// <summary>A copy too large for the caches; bytes read and written a second.</summary>
    public double BytesPerSecond { get; private set; }

    /// <summary>Measures once more; the best so far counts.</summary>
    public void Measure()
    {
        FlopsPerSecond = Math.Max(FlopsPerSecond, Best(2.0 * Rounds * Sums * ((int)VectorWidths.Widest / 32) * threads.Count, () => threads.Run(threads.Count, _ => MultiplyAdds())));
        int share = CopyFloats / threads.Count;
        float* source = (float*)NativeMemory.AlignedAlloc(CopyFloats * sizeof(float), 64);
        float* target = (float*)NativeMemory.AlignedAlloc(CopyFloats * sizeof(float), 64);
        new Span<float>(source, CopyFloats).Clear();
        BytesPerSecond = Math.Max(BytesPerSecond, Best(2.0 * share * threads.Count * sizeof(float), () => threads.Run(threads.Count, part =>
            new Span<float>(source + ((long)part * share), share).CopyTo(new Span<float>(target + ((long)part * share), share)))));
        NativeMemory.AlignedFree(source);
        NativeMemory.AlignedFree(target);
    }

    public string Describe(CpuDevice device) =>
        $"{device.Name}: {FlopsPerSecond / 1e9:F0} GFLOP/s of multiply-adds at {(int)VectorWidths.Widest} bits, {BytesPerSecond / 1e9:F1} GB/s of copying";

    private static double Best(double amount, Action work)
    {
        double best = 0;
        for (int i = 0; i < 20; i++)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            best = Math.Max(best, amount / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static float MultiplyAdds() => VectorWidths.Widest switch
    {
        VectorWidth.Bits512 => MultiplyAdds<Lanes512, Vector512<float>>(),
        VectorWidth.Bits256 => MultiplyAdds<Lanes256, Vector256<float>>(),
        _ => MultiplyAdds<Lanes128, Vector128<float>>(),
    };

    // Twelve sums: more than the latency of a multiply-add times two units, no more than 16 registers hold.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float MultiplyAdds<L, V>() where L : ILanes<V> where V : struct
    {
        V x = L.Create(0.5f), y = L.Create(1f);
        V a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (int round = 0; round < Rounds; round++)
        {
            a = L.MultiplyAdd(a, x, y);
            b = L.MultiplyAdd(b, x, y);
            c = L.MultiplyAdd(c, x, y);
            d = L.MultiplyAdd(d, x, y);
            e = L.MultiplyAdd(e, x, y);
            f = L.MultiplyAdd(f, x, y);
            g = L.MultiplyAdd(g, x, y);
            h = L.MultiplyAdd(h, x, y);
            i = L.MultiplyAdd(i, x, y);
            j = L.MultiplyAdd(j, x, y);
            k = L.MultiplyAdd(k, x, y);
            l = L.MultiplyAdd(l, x, y);
        }

        V sum = L.Add(L.Add(L.Add(a, b), L.Add(c, d)), L.Add(L.Add(e, f), L.Add(g, h)));
        return L.Sum(L.Add(sum, L.Add(L.Add(i, j), L.Add(k, l))));
    }
}
