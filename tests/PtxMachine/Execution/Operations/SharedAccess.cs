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
        uint sound = InBounds(warp, i, mask, address, bytes);
        contiguous &= sound == uint.MaxValue;
        if (warp.Options.Checks)
        {
            SharedShadow shadow = group.Shadow;
            if (kind == AccessKind.Read) shadow.Read(warp, i, sound, address, bytes);
            else if (kind == AccessKind.AsynchronousRead) shadow.BeginAsyncRead(warp, i, sound, address, bytes);
            else if (kind == AccessKind.Atomic) shadow.Atomic(warp, i, sound, address, bytes);
            else shadow.Write(warp, i, sound, address, bytes, kind == AccessKind.AsynchronousWrite);
        }
        // Who reads asynchronously counts himself: warps share what they read.
        if (warp.Options.Counts && kind != AccessKind.AsynchronousRead) BankCounter.Count(warp, i, sound, address, bytes);
        Vector512<ulong> origin = Vector512.Create((ulong)group.Shared - ProgramMemory.SharedBase);
        for (int lane = 0; lane < 32; lane += 8) (Vector512.Load(address + lane) + origin).Store(address + lane);
        return sound;
    }

    private static uint InBounds(Warp warp, Instruction* i, uint mask, ulong* address, int bytes)
    {
        int capacity = warp.Group.SharedCapacity;
        Vector512<ulong> start = Vector512.Create((ulong)ProgramMemory.SharedBase), last = Vector512.Create((ulong)(capacity - bytes));
        ulong inside = 0;
        for (int lane = 0; lane < 32 && capacity >= bytes; lane += 8)
        {
            inside |= Vector512.LessThanOrEqual(Vector512.Load(address + lane) - start, last).ExtractMostSignificantBits() << lane;
        }
        for (uint rest = mask & ~(uint)inside; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            warp.Report(FindingKind.OutOfBounds, i, lane, $"shared byte {(long)address[lane] - ProgramMemory.SharedBase} of {capacity}");
        }
        return mask & (uint)inside;
    }
}
