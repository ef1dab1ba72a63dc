using System.Runtime.CompilerServices;
using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Counting;

namespace DoRA.PtxMachine.Execution;

/// <summary>One group of threads: its warps, shared memory and barriers. Used again for group after group by one worker.</summary>
internal sealed unsafe class ThreadGroup
{
    private readonly byte[] _sharedStorage;
    private readonly byte[] _localStorage;
    private readonly Warp[] _order;

    public ThreadGroup(LaunchContext launch)
    {
        Launch = launch;
        Program = launch.Program;
        SharedCapacity = launch.SharedBytes;
        ThreadCapacity = launch.Shape.Threads;
        Counts = new WorkerCounts(Program);
        // 1024 as well in the host's addresses, so that vectors of shared bytes never straddle cache lines by chance.
        _sharedStorage = GC.AllocateArray<byte>(SharedCapacity + 1024, pinned: true);
        Shared = (byte*)(((nint)Unsafe.AsPointer(ref _sharedStorage[0]) + 1023) & ~1023);
        int warps = launch.Shape.Warps;
        LocalStride = (Program.LocalBytes + 15) & ~15;
        _localStorage = GC.AllocateArray<byte>(Math.Max(2 * LocalStride * warps * 32, 1) + 16, pinned: true);
        Local = (byte*)(((nint)Unsafe.AsPointer(ref _localStorage[0]) + 15) & ~15);
        LocalShadow = Local + LocalStride * warps * 32;
        Clocks = new GroupClocks(warps);
        Shadow = new SharedShadow(this, SharedCapacity, Program.SharedGranuleShift, Program.Accumulators.Count > 0);
        Barriers = new GroupBarriers(this);
        Warps = [.. Enumerable.Range(0, warps).Select(index => new Warp(this, index))];
        _order = [.. Warps];
    }

    public LaunchContext Launch { get; private set; }

    public Program Program { get; }

    /// <summary>Linear index of the group that runs now.</summary>
    public int Index { get; private set; }

    public WorkerCounts Counts { get; private set; }

    public Warp[] Warps { get; }

    public int SharedCapacity { get; }

    public int ThreadCapacity { get; }

    public byte* Shared { get; }

    public SharedShadow Shadow { get; }

    public GroupClocks Clocks { get; }

    public GroupBarriers Barriers { get; }

    /// <summary>Local memory, one stride a thread, and behind it a shadow byte for each byte.</summary>
    public byte* Local { get; }

    public byte* LocalShadow { get; }

    public int LocalStride { get; }

    public bool Fits(LaunchContext launch) => SharedCapacity == launch.SharedBytes && ThreadCapacity == launch.Shape.Threads;

    /// <summary>Makes an idle group ready for a launch of the same program and shape.</summary>
    public void Begin(LaunchContext launch)
    {
        Launch = launch;
        Counts = new WorkerCounts(Program);
    }

    /// <summary>Runs one group of the grid to its end.</summary>
    public void Run(int index)
    {
        Index = index;
        new Span<byte>(Shared, SharedCapacity).Fill(0xFF);
        new Span<byte>(LocalShadow, LocalStride * Warps.Length * 32).Clear();
        Shadow.Reset();
        Clocks.Reset();
        Barriers.Reset();
        foreach (Warp warp in Warps) warp.Reset();
        Random? random = Launch.Options.Seed is { } seed ? Seeded.Random(seed, index) : null;
        while (true)
        {
            random?.Shuffle(_order);
            bool ran = false;
            foreach (Warp warp in _order)
            {
                if (!warp.CanRun) continue;
                warp.Run();
                Barriers.Release(everyoneStopped: false);
                ran = true;
            }
            if (ran) continue;
            if (!Barriers.Release(everyoneStopped: true)) break;
        }
        if (Launch.Options.Checks && Program.Accumulators.Count > 0) CheckWarpgroups();
    }

    // The four warps of a warpgroup must have asked the same of the tensor cores, in the same order.
    private void CheckWarpgroups()
    {
        foreach (Warp warp in Warps)
        {
            int first = warp.Index & ~3, last = first + 3;
            AsyncProducts products = warp.Products!;
            if (products.Last == null) continue;
            bool isWhole = last < Warps.Length && Warps[first..(last + 1)].All(other =>
                other.Products!.Sequence.ToHashCode() == products.Sequence.ToHashCode());
            if (!isWhole) warp.Report(FindingKind.PartialWarpgroup, products.Last, 0,
                "the four warps of the warpgroup do not all execute the same wgmma instructions with the same descriptors");
        }
    }
}
