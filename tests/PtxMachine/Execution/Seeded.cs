namespace DoRA.PtxMachine.Execution;

/// <summary>Random sequences that repeat from run to run.</summary>
internal static class Seeded
{
    /// <summary>A sequence for a seed and a place where it is used.</summary>
    public static Random Random(ulong seed, int place)
    {
        ulong mixed = (seed + 1) * 0x9E3779B97F4A7C15 ^ (uint)place * 0xD6E8FEB86659FD93;
        return new Random((int)((mixed ^ (mixed >> 32)) & int.MaxValue));
    }
}
