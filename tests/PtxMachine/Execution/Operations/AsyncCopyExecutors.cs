using System.Numerics;
using System.Runtime.CompilerServices;
using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>cp.async: copies from global to shared memory that arrive when waited for.</summary>
internal static unsafe class AsyncCopyExecutors
{
    /// <summary>
    /// A is the shared address (offset in the immediate), B the global one, C the number of bytes to read when the mode is not zero: the rest of
    /// the destination becomes zero, and with none the global address is not looked at.
    /// </summary>
    [SkipLocalsInit]
    public static void Copy(Warp warp, Instruction* i, uint mask)
    {
        int bytes = i->ElementBytes;
        ulong* target = stackalloc ulong[32], source = stackalloc ulong[32];
        MemoryAccess.Addresses(warp, i, target);
        uint sound = MemoryAccess.Resolve(warp, i, StateSpace.Shared, mask, target, bytes, AccessKind.AsynchronousWrite, out _);
        new ReadOnlySpan<ulong>(warp.Lanes<ulong>(i->B), 32).CopyTo(new Span<ulong>(source, 32));
        for (int lane = 0; lane < 32; lane++) source[lane] += (ulong)(long)i->ListLength;
        AsyncCopies.Copy copy = warp.Copies.Begin(sound, bytes);
        Array.Clear(copy.Data);
        uint* size = warp.Lanes<uint>(i->C);
        uint whole = 0, partly = 0;
        for (uint rest = sound; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (i->Mode == 0 || size[lane] == bytes) whole |= 1u << lane;
            else if (size[lane] != 0) partly |= 1u << lane;
        }
        if (partly != 0) ReadPartly(warp, i, partly, source, size, copy);
        uint arrived = MemoryAccess.Resolve(warp, i, StateSpace.Global, whole, source, bytes, AccessKind.Read, out _);
        fixed (byte* data = copy.Data)
        {
            for (uint rest = sound; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                copy.Offset[lane] = (int)(target[lane] - (ulong)warp.Group.Shared);
                if ((arrived >> lane & 1) != 0) Unsafe.CopyBlockUnaligned(data + 16 * lane, (byte*)source[lane], (uint)bytes);
                Unsafe.InitBlockUnaligned((byte*)target[lane], 0xFF, (uint)bytes);
            }
        }
    }

    public static void Commit(Warp warp, Instruction* i, uint mask) => warp.Copies.Commit(mask);

    /// <summary>The mode is how many groups may stay under way.</summary>
    public static void Wait(Warp warp, Instruction* i, uint mask) => warp.Copies.Wait(mask, i->Mode);

    public static void WaitAll(Warp warp, Instruction* i, uint mask)
    {
        warp.Copies.Commit(mask);
        warp.Copies.Wait(mask, 0);
    }

    // Some lanes read fewer bytes than they write: word by word.
    [SkipLocalsInit]
    private static void ReadPartly(Warp warp, Instruction* i, uint lanes, ulong* source, uint* size, AsyncCopies.Copy copy)
    {
        ulong* address = stackalloc ulong[32];
        for (int offset = 0; offset < i->ElementBytes; offset += 4)
        {
            uint reading = 0;
            for (uint rest = lanes; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                address[lane] = source[lane] + (ulong)offset;
                if (size[lane] % 4 != 0) throw warp.Program.Sources[i->Source].Error($"a source of {size[lane]} bytes is not a whole number of words");
                if (offset < size[lane]) reading |= 1u << lane;
            }
            uint sound = MemoryAccess.Resolve(warp, i, StateSpace.Global, reading, address, 4, AccessKind.Read, out _);
            for (uint rest = sound; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                new ReadOnlySpan<byte>((byte*)address[lane], 4).CopyTo(copy.Data.AsSpan(16 * lane + offset));
            }
        }
    }
}
