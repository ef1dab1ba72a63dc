using System.Numerics;
using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>Accesses to local memory, of which every thread has its own.</summary>
internal static unsafe class LocalAccess
{
    private const byte Initialised = 1;

    public static uint Resolve(Warp warp, Instruction* i, uint mask, ulong* address, int bytes, AccessKind kind)
    {
        ThreadGroup group = warp.Group;
        uint sound = mask;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong offset = address[lane];
            if (offset + (ulong)bytes > (ulong)group.Program.LocalBytes || offset + (ulong)bytes < offset)
            {
                sound &= ~(1u << lane);
                warp.Report(FindingKind.OutOfBounds, i, lane, $"local byte {(long)offset} of {group.Program.LocalBytes}");
                continue;
            }
            ulong place = (ulong)(group.LocalStride * (warp.Index * 32 + lane)) + offset;
            Span<byte> shadow = new(group.LocalShadow + place, bytes);
            if (kind != AccessKind.Read) shadow.Fill(Initialised);
            else if (warp.Options.Checks && shadow.ContainsAnyExcept(Initialised))
            {
                warp.Report(FindingKind.UninitialisedLocalRead, i, lane, $"local byte {offset}");
                shadow.Fill(Initialised);
            }
            address[lane] = (ulong)group.Local + place;
        }
        return sound;
    }
}
