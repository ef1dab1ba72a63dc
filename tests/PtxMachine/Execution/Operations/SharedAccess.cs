using System.Numerics;
using System.Runtime.Intrinsics;
using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Counting;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>Accesses to shared memory.</summary>
internal static unsafe class SharedAccess
{
    public static uint Resolve(Warp warp, Instruction* i, uint mask, ulong* address, int bytes, AccessKind kind, ref bool contiguous)
    {
        ThreadGroup group = warp.Group;
        ulong last = (ulong)(group.SharedCapacity - bytes);
        uint sound = mask;
        bool checks = warp.Options.Checks;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong offset = address[lane] - ProgramMemory.SharedBase;
            if (offset > last || group.SharedCapacity < bytes)
            {
                sound &= ~(1u << lane);
                ReportBounds(warp, i, lane, address[lane]);
                continue;
            }
            if (checks) Check(warp, i, lane, (int)offset, bytes, kind);
        }
        contiguous &= sound == uint.MaxValue;
        if (warp.Options.Counts) BankCounter.Count(warp, i, sound, address, bytes);
        Vector512<ulong> origin = Vector512.Create((ulong)group.Shared - ProgramMemory.SharedBase);
        for (int lane = 0; lane < 32; lane += 8) (Vector512.Load(address + lane) + origin).Store(address + lane);
        return sound;
    }

    public static void ReportBounds(Warp warp, Instruction* i, int lane, ulong address) => warp.Report(FindingKind.OutOfBounds, i, lane,
        $"shared byte {(long)address - ProgramMemory.SharedBase} of {warp.Group.SharedCapacity}");

    private static void Check(Warp warp, Instruction* i, int lane, int offset, int bytes, AccessKind kind)
    {
        SharedShadow shadow = warp.Group.Shadow;
        switch (kind)
        {
            case AccessKind.Read when bytes == 16:
                shadow.ReadRow(warp, i, lane, offset);
                break;
            case AccessKind.Read:
                shadow.Read(warp, i, lane, offset, bytes);
                break;
            case AccessKind.Atomic:
                shadow.Atomic(warp, i, lane, offset, bytes);
                break;
            default:
                shadow.Write(warp, i, lane, offset, bytes, kind == AccessKind.AsynchronousWrite);
                break;
        }
    }
}
