using System.Numerics;
using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Execution;

/// <summary>The named barriers of a group.</summary>
internal sealed unsafe class GroupBarriers(ThreadGroup group)
{
    private readonly Dictionary<uint, Barrier> _barriers = [];

    /// <summary>Lanes arrive at a barrier; unless they only arrive, they wait there.</summary>
    public void Arrive(Warp warp, BasicBlock block, Instruction* i, uint lanes)
    {
        if (group.Launch.Options.Checks && lanes != warp.Alive) warp.Report(FindingKind.PartialWarp, i,
            BitOperations.TrailingZeroCount(lanes),
            $"lanes {lanes:x8} of {warp.Alive:x8} at the barrier");
        int lane = BitOperations.TrailingZeroCount(lanes);
        uint number = warp.Lanes<uint>(i->A)[lane];
        uint expected = warp.Lanes<uint>(i->B)[lane];
        if (!_barriers.TryGetValue(number, out Barrier? barrier)) barrier = _barriers[number] = new Barrier(group.Warps.Length);
        // A barrier with a count counts in whole warps, also for a group's shorter last one.
        barrier.Arrived += lanes == warp.Threads && expected != 0 ? 32 : BitOperations.PopCount(lanes);
        barrier.Expected = (int)expected;
        group.Clocks.Publish(warp.Index, barrier.Joined);
        if (block.Barrier == BarrierOperation.Arrive)
        {
            warp.Place(block.Next, lanes);
            return;
        }
        if (block.Barrier != BarrierOperation.Synchronise)
        {
            uint value = warp.Predicate(i->C) ^ (i->Mode != 0 ? uint.MaxValue : 0);
            barrier.True += BitOperations.PopCount(value & lanes);
            barrier.Voted += BitOperations.PopCount(lanes);
        }
        barrier.Waiting.Add((warp, block, lanes));
    }

    public void Reset() => _barriers.Clear();

    /// <summary>Lets go all whose barrier is complete. Returns whether anyone was let go.</summary>
    /// <param name="everyoneStopped">No warp can run: threads that ended will not come, so an incomplete barrier is an error.</param>
    public bool Release(bool everyoneStopped)
    {
        bool released = false;
        foreach (Barrier barrier in _barriers.Values)
        {
            if (barrier.Waiting.Count == 0) continue;
            int threads = group.Launch.Shape.Threads;
            bool complete = barrier.Expected > 0 ? barrier.Arrived >= barrier.Expected : barrier.Arrived >= threads;
            if (!complete && !everyoneStopped) continue;
            if (!complete && group.Launch.Options.Checks) ReportMissing(barrier, threads);
            Release(barrier);
            released = true;
        }
        return released;
    }

    private void Release(Barrier barrier)
    {
        foreach ((Warp warp, BasicBlock block, uint lanes) in barrier.Waiting)
        {
            group.Clocks.Learn(warp.Index, barrier.Joined);
            Instruction* i = (Instruction*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref group.Program.Code[block.Terminator]);
            switch (block.Barrier)
            {
                case BarrierOperation.CountTrue:
                    uint* counts = warp.Lanes<uint>(i->D);
                    for (uint rest = lanes; rest != 0; rest &= rest - 1) counts[BitOperations.TrailingZeroCount(rest)] = (uint)barrier.True;
                    break;
                case BarrierOperation.AllTrue or BarrierOperation.AnyTrue:
                    bool result = block.Barrier == BarrierOperation.AllTrue ? barrier.True == barrier.Voted : barrier.True > 0;
                    ref uint predicate = ref warp.Predicate(i->D);
                    predicate = result ? predicate | lanes : predicate & ~lanes;
                    break;
            }
            warp.Initialised[i->D] |= lanes;
            warp.Place(block.Next, lanes);
        }
        barrier.Waiting.Clear();
        (barrier.Arrived, barrier.True, barrier.Voted) = (0, 0, 0);
        Array.Clear(barrier.Joined);
    }

    private void ReportMissing(Barrier barrier, int threads)
    {
        (Warp warp, BasicBlock block, uint lanes) = barrier.Waiting[0];
        Instruction* i = (Instruction*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref group.Program.Code[block.Terminator]);
        int expected = barrier.Expected > 0 ? barrier.Expected : threads;
        warp.Report(FindingKind.BarrierNotReached, i, BitOperations.TrailingZeroCount(lanes),
            $"{barrier.Arrived} of {expected} threads came; the others have ended or wait elsewhere");
    }

    private sealed class Barrier(int warps)
    {
        public int Arrived, Expected, True, Voted;

        public uint[] Joined { get; } = new uint[warps];

        public List<(Warp Warp, BasicBlock Block, uint Lanes)> Waiting { get; } = [];
    }
}
