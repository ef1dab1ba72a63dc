using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Counting;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>What an access does to memory.</summary>
internal enum AccessKind
{
    Read, Write, Atomic, AsynchronousRead, AsynchronousWrite,
}

/// <summary>Turns the addresses of a warp's lanes into host pointers, checking and counting on the way.</summary>
internal static unsafe class MemoryAccess
{
    /// <summary>Generic addresses of shared and local memory begin here.</summary>
    public const ulong SharedWindow = 0x7E00_0000_0000, LocalWindow = 0x7D00_0000_0000;

    /// <summary>The address operand of all lanes.</summary>
    public static void Addresses(Warp warp, Instruction* i, ulong* address)
    {
        Vector512<ulong> offset = Vector512.Create((ulong)i->Immediate);
        if (i->WideAddress)
        {
            ulong* source = warp.Lanes<ulong>(i->A);
            for (int lane = 0; lane < 32; lane += 8) (Vector512.LoadAligned(source + lane) + offset).Store(address + lane);
            return;
        }
        uint* narrow = warp.Lanes<uint>(i->A);
        for (int lane = 0; lane < 32; lane += 16)
        {
            (Vector512<ulong> low, Vector512<ulong> high) = Vector512.Widen(Vector512.LoadAligned(narrow + lane));
            (low + offset).Store(address + lane);
            (high + offset).Store(address + lane + 8);
        }
    }

    /// <summary>
    /// Replaces addresses by host pointers. Returns the lanes whose access is sound; the others were reported.
    /// <paramref name="contiguous"/> is true when all 32 lanes access one range, in order.
    /// </summary>
    public static uint Resolve(Warp warp, Instruction* i, StateSpace space, uint mask, ulong* address, int bytes, AccessKind kind,
        out bool contiguous)
    {
        contiguous = mask == uint.MaxValue && IsContiguous(address, bytes);
        if (space == StateSpace.Generic)
        {
            space = Specialise(warp, i, ref mask, address);
            contiguous &= mask == uint.MaxValue;
        }
        mask &= Aligned(warp, i, mask, address, bytes, contiguous);
        contiguous &= mask == uint.MaxValue;
        switch (space)
        {
            case StateSpace.Shared:
                return SharedAccess.Resolve(warp, i, mask, address, bytes, kind, ref contiguous);
            case StateSpace.Local:
                contiguous = false;
                return LocalAccess.Resolve(warp, i, mask, address, bytes, kind);
            default:
                return GlobalAccess.Resolve(warp, i, mask, address, bytes, kind, ref contiguous);
        }
    }

    private static bool IsContiguous(ulong* address, int bytes)
    {
        Vector512<ulong> step = Vector512<ulong>.Indices * (ulong)bytes;
        Vector512<ulong> first = Vector512.Create(address[0]);
        Vector512<ulong> different = Vector512<ulong>.Zero;
        for (int lane = 0; lane < 32; lane += 8)
        {
            different |= (first + step) ^ Vector512.Load(address + lane);
            first += Vector512.Create((ulong)bytes * 8);
        }
        return different == Vector512<ulong>.Zero;
    }

    private static uint Aligned(Warp warp, Instruction* i, uint mask, ulong* address, int bytes, bool contiguous)
    {
        ulong low = (ulong)bytes - 1;
        if (contiguous)
        {
            if ((address[0] & low) == 0) return mask;
        }
        uint aligned = mask;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if ((address[lane] & low) == 0) continue;
            aligned &= ~(1u << lane);
            warp.Report(FindingKind.Misaligned, i, lane, $"address 0x{address[lane]:x} of a {bytes}-byte access");
        }
        return aligned;
    }

    // A generic access must go to one state space in all lanes: the machine, like ptxas, has no instruction that does both.
    private static StateSpace Specialise(Warp warp, Instruction* i, ref uint mask, ulong* address)
    {
        StateSpace space = StateSpace.Generic;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            StateSpace here = address[lane] >= GlobalMemory.Base ? StateSpace.Global
                : address[lane] >= SharedWindow ? StateSpace.Shared
                : address[lane] >= LocalWindow ? StateSpace.Local : StateSpace.Global;
            if (space == StateSpace.Generic) space = here;
            if (here != space)
            {
                warp.Report(FindingKind.MixedAddressSpaces, i, lane, $"address 0x{address[lane]:x} is {here}, of another lane {space}");
                mask &= ~(1u << lane);
            }
            address[lane] -= here == StateSpace.Shared ? SharedWindow : here == StateSpace.Local ? LocalWindow : 0;
        }
        return space;
    }
}
