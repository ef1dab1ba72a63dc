using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution;

/// <summary>A decoded instruction with the labels it may jump to, before blocks are formed.</summary>
internal sealed class FlatInstruction(PtxInstruction source)
{
    public readonly PtxInstruction Source = source;

    public Instruction Code = new() { D = Instruction.Scratch, E = Instruction.Scratch, Guard = -1 };

    public BlockEnd End;

    public string[] Targets = [];

    public BarrierOperation Barrier;
}
