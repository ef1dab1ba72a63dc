using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace DoRA.Kernels;

/// <summary>
/// Helper threads that wait for work by spinning for a moment, then asleep. Parts are claimed from a counter; a helper that the system
/// does not run in time holds nobody up, because the caller claims parts too, and waits only for parts that another thread has begun.
/// </summary>
internal sealed unsafe class CpuThreadPool
{
    public const int MaxPhases = 4;

    // A step's kernels follow each other within microseconds; a helper that spins longer takes time from decoding threads.
    private static readonly long SpinTicks = Stopwatch.Frequency / 20000;

    private readonly object _gate = new();
    private readonly Counters[] _claimed = new Counters[MaxPhases];
    private readonly Counters[] _finished = new Counters[MaxPhases];
    private readonly int[] _parts = new int[MaxPhases];
    private int _phases;
    private void* _work;
    private delegate*<void*, int, int, int, void> _run;
    private ExceptionDispatchInfo? _failure;
    private int _busy;
    private int _open;
    private int _inside;
    private int _generation;
    private int _sleeping;
    private volatile bool _stopped;

    public CpuThreadPool(int helpers)
    {
        for (int i = 0; i < helpers; i++)
        {
            int worker = i + 1;
            new Thread(() => Help(worker)) { IsBackground = true, Name = $"DoRA CPU {worker}" }.Start();
        }
    }

    /// <summary>Runs the work on all threads; false, with nothing done, when the pool is already at work (a part that starts work itself).</summary>
    public bool TryRun<TWork>(ref TWork work) where TWork : struct, IParallelWork
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            return false;
        }

        // The work stays where it is on the caller's stack: the caller does not return before all helpers have left.
        _work = Unsafe.AsPointer(ref work);
        _run = &RunPart<TWork>;
        _phases = work.Phases;
        for (int phase = 0; phase < _phases; phase++)
        {
            _parts[phase] = work.Parts(phase);
            _claimed[phase].Value = 0;
            _finished[phase].Value = 0;
        }

        Volatile.Write(ref _open, 1);
        Interlocked.Increment(ref _generation);
        if (Volatile.Read(ref _sleeping) > 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }

        Work(0);
        Interlocked.Exchange(ref _open, 0);
        SpinWait wait = default;
        while (Volatile.Read(ref _inside) != 0)
        {
            wait.SpinOnce(-1);
        }

        ExceptionDispatchInfo? failure = _failure;
        _failure = null;
        Volatile.Write(ref _busy, 0);
        failure?.Throw();
        return true;
    }

    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    private static void RunPart<TWork>(void* work, int phase, int part, int worker) where TWork : struct, IParallelWork =>
        Unsafe.AsRef<TWork>(work).Run(phase, part, worker);

    private void Help(int worker)
    {
        int seen = 0;
        while (!_stopped)
        {
            AwaitGeneration(seen);
            seen = Volatile.Read(ref _generation);
            Interlocked.Increment(ref _inside);

            // Work that was closed before this thread came in is not touched: its caller no longer waits for us.
            if (Interlocked.CompareExchange(ref _open, 1, 1) == 1)
            {
                Work(worker);
            }

            Interlocked.Decrement(ref _inside);
        }
    }

    private void AwaitGeneration(int seen)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() - start < SpinTicks)
        {
            if (Volatile.Read(ref _generation) != seen || _stopped)
            {
                return;
            }

            Thread.SpinWait(8);
        }

        lock (_gate)
        {
            Interlocked.Increment(ref _sleeping);
            while (Volatile.Read(ref _generation) == seen && !_stopped)
            {
                Monitor.Wait(_gate);
            }

            Interlocked.Decrement(ref _sleeping);
        }
    }

    private void Work(int worker)
    {
        for (int phase = 0; phase < _phases; phase++)
        {
            int parts = _parts[phase];
            for (int part; (part = Interlocked.Increment(ref _claimed[phase].Value) - 1) < parts;)
            {
                try
                {
                    _run(_work, phase, part, worker);
                }
                catch (Exception exception)
                {
                    _failure = ExceptionDispatchInfo.Capture(exception);
                }

                Interlocked.Increment(ref _finished[phase].Value);
            }

            SpinWait wait = default;
            while (Volatile.Read(ref _finished[phase].Value) < parts)
            {
                wait.SpinOnce(-1);
            }
        }
    }

    /// <summary>A counter on a cache line of its own.</summary>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit, Size = 128)]
    private struct Counters
    {
        [System.Runtime.InteropServices.FieldOffset(64)]
        public int Value;
    }
}
