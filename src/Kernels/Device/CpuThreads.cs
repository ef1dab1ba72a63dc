using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DoRA.Kernels;

/// <summary>
/// The CPU engine's threads and their scratch memory. Work is cut into parts by the caller, part i always the same share of the
/// work, so results have the same bits whichever thread runs it. Used by one thread at a time, as the device it belongs to.
/// </summary>
public sealed unsafe class CpuThreads : IDisposable
{
    private readonly CpuThreadPool? _pool;
    private float* _scratch;
    private long _scratchLength;

    /// <param name="count">Threads that run at once, the caller's included.</param>
    public CpuThreads(int count)
    {
        Count = count;
        _pool = count > 1 ? new CpuThreadPool(count - 1) : null;
    }

    ~CpuThreads() => Release();

    /// <summary>Threads that run at once, the caller's included.</summary>
    public int Count { get; }

    /// <summary>Told of every finished piece of work: the type that it belongs to, and how long it took; for benchmarks.</summary>
    internal Action<Type, TimeSpan>? Observer { get; set; }

    /// <summary>Runs <paramref name="body"/> for every part 0 … parts − 1 and waits for all.</summary>
    public void Run(int parts, Action<int> body) => Run(new ActionWork(parts, body));

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs all parts of all phases and waits for them. No part of a phase begins before the phase before it is done.</summary>
    internal void Run<TWork>(TWork work) where TWork : struct, IParallelWork
    {
        long start = Observer is null ? 0 : Stopwatch.GetTimestamp();
        if (_pool is null || !_pool.TryRun(ref work))
        {
            for (int phase = 0; phase < work.Phases; phase++)
            {
                int parts = work.Parts(phase);
                for (int part = 0; part < parts; part++)
                {
                    work.Run(phase, part, 0);
                }
            }
        }

        Observer?.Invoke(work is ActionWork action ? action.Owner : typeof(TWork), Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Scratch memory of at least <paramref name="length"/> floats, 64-byte aligned, of undefined content, good until the
    /// next call. It only grows, so a step that repeats takes no memory.</summary>
    internal float* Scratch(long length)
    {
        if (length > _scratchLength)
        {
            NativeMemory.AlignedFree(_scratch);
            _scratch = null;
            _scratchLength = 0;
            _scratch = (float*)NativeMemory.AlignedAlloc((nuint)(length * sizeof(float)), 64);
            _scratchLength = length;
        }

        return _scratch;
    }

    private void Release()
    {
        _pool?.Stop();
        NativeMemory.AlignedFree(_scratch);
        _scratch = null;
        _scratchLength = 0;
    }

    private readonly struct ActionWork(int parts, Action<int> body) : IParallelWork
    {
        /// <summary>The class whose work it is.</summary>
        public Type Owner => body.Method.DeclaringType!;

        public int Phases => 1;

        public int Parts(int phase) => parts;

        public void Run(int phase, int part, int worker) => body(part);
    }
}
