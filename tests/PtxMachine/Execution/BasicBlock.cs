using DoRA.PtxMachine.Counting;

namespace DoRA.PtxMachine.Execution;

/// <summary>How a block ends.</summary>
internal enum BlockEnd
{
    FallThrough, Branch, IndexedBranch, Exit, Barrier,
}

/// <summary>
/// Instructions without a jump in between. Blocks are numbered in the order in which diverged lanes run them: of all
/// blocks where lanes stand, the lowest runs first, so lanes meet again where their paths join.
/// </summary>
internal sealed class BasicBlock
{
    /// <summary>First instruction of the block in <see cref="Program.Code"/>.</summary>
    public int Start { get; set; }

    /// <summary>One behind the last instruction that is not a terminator.</summary>
    public int Stop { get; set; }

    public BlockEnd End { get; set; }

    /// <summary>Index of the terminator in <see cref="Program.Code"/>; meaningless for a fall-through.</summary>
    public int Terminator { get; set; }

    public bool Uniform { get; set; }

    /// <summary>Block behind this one in the text, or -1: leaving the text ends the thread.</summary>
    public int Next { get; set; } = -1;

    public int[] Targets { get; set; } = [];

    public BarrierOperation Barrier { get; set; }

    /// <summary>Instructions of the block by class.</summary>
    public int[] Classes { get; } = new int[Enum.GetValues<InstructionClass>().Length];
}

/// <summary>What a thread does at a barrier.</summary>
internal enum BarrierOperation
{
    Synchronise, Arrive, CountTrue, AllTrue, AnyTrue,
}
