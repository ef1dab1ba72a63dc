using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Execution;

/// <summary>What all groups of one launch share.</summary>
internal sealed record LaunchContext(Program Program, LaunchShape Shape, byte[] Parameters, GlobalMemory Memory, MachineOptions Options,
    FindingList Findings, int LaunchNumber)
{
    /// <summary>Shared memory of one group: static, then dynamic.</summary>
    public int SharedBytes { get; } = Program.StaticSharedBytes + Shape.DynamicSharedBytes;
}
