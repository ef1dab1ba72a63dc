namespace DoRA.PtxMachine.Execution;

/// <summary>The shape of one launch.</summary>
internal sealed record LaunchShape(Extents Grid, Extents Group, int DynamicSharedBytes)
{
    public int Threads { get; } = Group.Count;

    public int Warps => (Threads + 31) / 32;
}
