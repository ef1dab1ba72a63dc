using DoRA.PtxMachine.Execution;

namespace DoRA.PtxMachine.Counting;

/// <summary>What one worker counted during a launch.</summary>
internal sealed class WorkerCounts(Program program)
{
    /// <summary>How often warps ran each block.</summary>
    public long[] BlockRuns { get; } = new long[program.Blocks.Length];

    /// <summary>Global traffic of each instruction.</summary>
    public AccessCount[] Global { get; } = new AccessCount[program.Code.Length];

    /// <summary>Shared traffic of each instruction.</summary>
    public AccessCount[] Shared { get; } = new AccessCount[program.Code.Length];

    public long DistinctReadSectors;

    public long DistinctWrittenSectors;

    public long DivergentBranches;

    public void Add(WorkerCounts other)
    {
        for (int i = 0; i < BlockRuns.Length; i++) BlockRuns[i] += other.BlockRuns[i];
        for (int i = 0; i < Global.Length; i++)
        {
            Global[i].Add(other.Global[i]);
            Shared[i].Add(other.Shared[i]);
        }
        DistinctReadSectors += other.DistinctReadSectors;
        DistinctWrittenSectors += other.DistinctWrittenSectors;
        DivergentBranches += other.DivergentBranches;
    }
}
