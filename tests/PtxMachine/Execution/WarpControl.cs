using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Execution;

/// <summary>
/// How a warp's lanes move through the blocks: the lowest block where lanes stand runs next, with all lanes that stand there.
/// </summary>
internal sealed unsafe partial class Warp
{
    private readonly uint[] _masks;
    private readonly ulong[] _occupied;
    private int _standing;
    private long _blocksRun;
    private bool _traced;

    /// <summary>Lanes stand at blocks and may run (they do not wait at a barrier).</summary>
    public bool CanRun => _standing > 0;

    /// <summary>Puts lanes at a block; -1 ends them.</summary>
    public void Place(int block, uint lanes)
    {
        if (lanes == 0) return;
        if (block < 0)
        {
            Alive &= ~lanes;
            return;
        }
        if (_masks[block] == 0)
        {
            _standing++;
            _occupied[block >> 6] |= 1ul << (block & 63);
        }
        _masks[block] |= lanes;
    }

    /// <summary>Runs until every living lane waits at a barrier or has ended.</summary>
    public void Run()
    {
        while (_standing > 0)
        {
            int block = TakeLowest(out uint mask);
            while (block >= 0) block = RunBlock(block, ref mask);
            if (_blocksRun > Options.BlockLimit)
            {
                int lane = BitOperations.TrailingZeroCount(mask);
                Report(FindingKind.Endless, _code + Program.Blocks[0].Start, lane, $"more than {Options.BlockLimit} blocks of instructions");
                Stop();
            }
        }
    }

    /// <summary>Ends all lanes.</summary>
    public void Stop()
    {
        Array.Clear(_masks);
        Array.Clear(_occupied);
        (_standing, Alive) = (0, 0);
    }

    private void ResetControl()
    {
        Stop();
        Alive = Threads;
        _blocksRun = 0;
        _traced = Options.Trace is not null && Index == 0 && Group.Index == 0;
        Place(Program.Entry, Threads);
    }

    private int TakeLowest(out uint mask)
    {
        int word = 0;
        while (_occupied[word] == 0) word++;
        int block = (word << 6) + BitOperations.TrailingZeroCount(_occupied[word]);
        _occupied[word] &= _occupied[word] - 1;
        _standing--;
        mask = _masks[block];
        _masks[block] = 0;
        return block;
    }

    // Returns the block to go on with when all lanes of the mask stay together and no others wait elsewhere, otherwise -1.
    private int RunBlock(int number, ref uint mask)
    {
        BasicBlock block = Program.Blocks[number];
        Group.Counts.BlockRuns[number]++;
        bool checks = Options.Checks;
        for (Instruction* i = _code + block.Start, stop = _code + block.Stop; i < stop; i++)
        {
            uint active = mask;
            if (i->Guard >= 0)
            {
                active &= Guard(i, mask);
                if (active == 0) continue;
            }
            if (_traced) Trace(i, active);
            if (i->IsCopy)
            {
                i->Run(this, i, active);
                uint known = Initialised[i->A] & active;
                // A move of a register to itself is none to a card.
                if (known != active && i->D != i->A) Products?.CheckRead(i, i->A, active);
                Initialised[i->D] = (Initialised[i->D] & ~active) | known;
                continue;
            }
            uint ready = Initialised[i->A] & Initialised[i->B] & Initialised[i->C];
            if ((active & ~ready) != 0 && checks) ReportOperands(i, active);
            i->Run(this, i, active);
            Initialised[i->D] |= active;
        }
        if (++_blocksRun > Options.BlockLimit) return -1;
        return End(block, mask, ref mask);
    }

    private int End(BasicBlock block, uint lanes, ref uint mask)
    {
        if (block.End == BlockEnd.FallThrough) return Continue(block.Next, lanes);
        Instruction* i = _code + block.Terminator;
        uint active = i->Guard >= 0 ? lanes & Guard(i, lanes) : lanes;
        uint others = lanes & ~active;
        if (_traced && active != 0) Trace(i, active);
        switch (block.End)
        {
            case BlockEnd.Branch:
                if (others == 0) return Continue(block.Targets[0], lanes);
                if (active == 0) return Continue(block.Next, lanes);
                Group.Counts.DivergentBranches++;
                if (block.Uniform && Options.Checks) Report(FindingKind.DivergentUniformBranch, i, BitOperations.TrailingZeroCount(active));
                Place(block.Targets[0], active);
                Place(block.Next, others);
                return -1;
            case BlockEnd.IndexedBranch:
                return BranchByIndex(block, i, active, others);
            case BlockEnd.Exit:
                Alive &= ~active;
                return others == 0 ? -1 : Continue(block.Next, others, ref mask);
            default:
                if (active != 0) Group.Barriers.Arrive(this, block, i, active);
                return others == 0 ? -1 : Continue(block.Next, others, ref mask);
        }
    }

    private int BranchByIndex(BasicBlock block, Instruction* i, uint active, uint others)
    {
        Place(block.Next, others);
        uint* index = Lanes<uint>(i->A);
        int before = _standing;
        for (uint rest = active; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (index[lane] < block.Targets.Length) Place(block.Targets[index[lane]], 1u << lane);
            else
            {
                Report(FindingKind.OutOfBounds, i, lane, $"branch index {index[lane]} of {block.Targets.Length} targets");
                Alive &= ~(1u << lane);
            }
        }
        if (_standing > before + 1) Group.Counts.DivergentBranches++;
        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Continue(int next, uint lanes)
    {
        if (_standing == 0 && next >= 0) return next;
        Place(next, lanes);
        return -1;
    }

    private int Continue(int next, uint lanes, ref uint mask)
    {
        mask = lanes;
        return Continue(next, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Guard(Instruction* i, uint mask)
    {
        RequireInitialised(i, i->Guard, mask);
        uint value = Predicate(i->Guard);
        return i->GuardNegated ? ~value : value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReportOperands(Instruction* i, uint active)
    {
        ReportUninitialised(i, i->A, active);
        ReportUninitialised(i, i->B, active);
        ReportUninitialised(i, i->C, active);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Trace(Instruction* i, uint active)
    {
        string line = Program.Sources[i->Source].Line.ToString(CultureInfo.InvariantCulture);
        Options.Trace!($"{line,6} {active:x8} {Program.Sources[i->Source].Text}");
    }
}
