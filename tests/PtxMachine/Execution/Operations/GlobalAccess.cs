using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Counting;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>Accesses to global memory.</summary>
internal static unsafe class GlobalAccess
{
    public static uint Resolve(Warp warp, Instruction* i, uint mask, ulong* address, int bytes, AccessKind kind, ref bool contiguous)
    {
        GlobalMemory memory = warp.Group.Launch.Memory;
        contiguous = contiguous && IsSoundRange(memory, address[0] - GlobalMemory.Base, 32 * bytes, kind, warp.Options.Checks);
        uint sound = contiguous ? mask : CheckLanes(warp, i, mask, address, bytes, kind);
        if (warp.Options.Checks && bytes >= sizeof(uint) && kind != AccessKind.Atomic && !warp.Program.HasFences)
        {
            CheckOwners(warp, i, sound, address, bytes, kind != AccessKind.Read, contiguous);
        }
        if (warp.Options.Counts) SectorCounter.Count(warp, i, sound, address, bytes, kind != AccessKind.Read, contiguous);
        Vector512<ulong> origin = Vector512.Create((ulong)memory.Data - GlobalMemory.Base);
        for (int lane = 0; lane < 32; lane += 8) (Vector512.Load(address + lane) + origin).Store(address + lane);
        return sound;
    }

    // Whether a whole range may be read, or written: then it is marked as initialised.
    private static bool IsSoundRange(GlobalMemory memory, ulong offset, int bytes, AccessKind kind, bool checks)
    {
        if (offset >= memory.Capacity - (ulong)bytes) return false;
        Span<byte> shadow = new(memory.Shadow + offset, bytes);
        if (kind == AccessKind.Read)
        {
            return checks ? !shadow.ContainsAnyExcept(GlobalMemory.Initialised) : !shadow.Contains(GlobalMemory.Unallocated);
        }
        if (kind == AccessKind.Atomic || shadow.Contains(GlobalMemory.Unallocated)) return false;
        shadow.Fill(GlobalMemory.Initialised);
        return true;
    }

    private static uint CheckLanes(Warp warp, Instruction* i, uint mask, ulong* address, int bytes, AccessKind kind)
    {
        GlobalMemory memory = warp.Group.Launch.Memory;
        bool checks = warp.Options.Checks;
        uint sound = mask;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong offset = address[lane] - GlobalMemory.Base;
            if (offset >= memory.Capacity - (ulong)bytes || memory.Shadow[offset] == GlobalMemory.Unallocated
                || memory.Shadow[offset + (ulong)bytes - 1] == GlobalMemory.Unallocated)
            {
                sound &= ~(1u << lane);
                warp.Report(FindingKind.OutOfBounds, i, lane, memory.Describe(address[lane]));
                continue;
            }
            Span<byte> shadow = new(memory.Shadow + offset, bytes);
            if (kind != AccessKind.Write && checks && shadow.ContainsAnyExcept(GlobalMemory.Initialised))
            {
                warp.Report(FindingKind.UninitialisedGlobalRead, i, lane, memory.Describe(address[lane]));
            }
            if (kind != AccessKind.Read) shadow.Fill(GlobalMemory.Initialised);
        }
        return sound;
    }

    private static void CheckOwners(Warp warp, Instruction* i, uint sound, ulong* address, int bytes, bool write, bool contiguous)
    {
        GlobalOwners owners = warp.Group.Launch.Memory.Owners;
        ulong mark = GlobalOwners.Mark(warp.Group);
        if (contiguous)
        {
            if (owners.Races(address[0] - GlobalMemory.Base, 32 * bytes, mark, write)) ReportRace(warp, i, 0, address[0]);
            return;
        }
        for (uint rest = sound; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong offset = address[lane] - GlobalMemory.Base;
            int other = owners.Group(offset);
            if (owners.Races(offset, bytes, mark, write)) ReportRace(warp, i, lane, address[lane], $", group {other} wrote it");
        }
    }

    private static void ReportRace(Warp warp, Instruction* i, int lane, ulong address, string detail = "") => warp.Report(FindingKind.GlobalRace, i, lane,
        $"another group of this launch wrote here{detail}: {warp.Group.Launch.Memory.Describe(address)}");
}
