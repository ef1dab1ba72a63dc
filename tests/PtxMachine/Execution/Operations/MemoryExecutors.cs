using System.Numerics;
using System.Runtime.CompilerServices;
using DoRA.PtxMachine.Checks;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>Loads and stores, of one element or of vectors of two and four.</summary>
internal static unsafe class MemoryExecutors
{
    [SkipLocalsInit]
    public static void Load(Warp warp, Instruction* i, uint mask)
    {
        ulong* address = stackalloc ulong[32];
        MemoryAccess.Addresses(warp, i, address);
        uint sound = MemoryAccess.Resolve(warp, i, i->Space, mask, address, i->ElementBytes * i->ListLength, AccessKind.Read, out bool contiguous);
        if (contiguous && i->ListLength == 1 && i->ElementBytes == i->RegisterBytes && i->ElementBytes >= 4)
        {
            Unsafe.CopyBlockUnaligned(warp.Lanes<byte>(warp.Program.Lists[i->List]), (byte*)address[0], 32u * i->ElementBytes);
        }
        else
        {
            for (int element = 0; element < i->ListLength; element++)
            {
                byte* d = warp.Lanes<byte>(warp.Program.Lists[i->List + element]);
                for (uint rest = mask; rest != 0; rest &= rest - 1)
                {
                    int lane = BitOperations.TrailingZeroCount(rest);
                    ulong bits = (sound >> lane & 1) != 0 ? Fetch((byte*)address[lane] + element * i->ElementBytes, i) : 0;
                    Place(d, lane, bits, i->RegisterBytes);
                }
            }
        }
        for (int element = 0; element < i->ListLength; element++) warp.Initialised[warp.Program.Lists[i->List + element]] |= mask;
    }

    /// <summary>ld.param of a kernel's own parameter: the same value in all lanes.</summary>
    public static void LoadParameter(Warp warp, Instruction* i, uint mask)
    {
        fixed (byte* parameters = warp.Group.Launch.Parameters)
        {
            for (int element = 0; element < i->ListLength; element++)
            {
                int slot = warp.Program.Lists[i->List + element];
                ulong bits = Fetch(parameters + i->Immediate + element * i->ElementBytes, i);
                if (mask == uint.MaxValue && i->RegisterBytes == 8) new Span<ulong>(warp.Lanes<ulong>(slot), 32).Fill(bits);
                else if (mask == uint.MaxValue && i->RegisterBytes == 4) new Span<uint>(warp.Lanes<uint>(slot), 32).Fill((uint)bits);
                else for (uint rest = mask; rest != 0; rest &= rest - 1) Place(warp.Lanes<byte>(slot), BitOperations.TrailingZeroCount(rest), bits, i->RegisterBytes);
                warp.Initialised[slot] |= mask;
            }
        }
    }

    [SkipLocalsInit]
    public static void Store(Warp warp, Instruction* i, uint mask)
    {
        ulong* address = stackalloc ulong[32];
        MemoryAccess.Addresses(warp, i, address);
        for (int element = 0; element < i->ListLength; element++) warp.RequireInitialised(i, warp.Program.Lists[i->List + element], mask);
        uint sound = MemoryAccess.Resolve(warp, i, i->Space, mask, address, i->ElementBytes * i->ListLength, AccessKind.Write, out bool contiguous);
        if (contiguous && i->ListLength == 1 && i->ElementBytes == i->RegisterBytes && i->ElementBytes >= 4)
        {
            Unsafe.CopyBlockUnaligned((byte*)address[0], warp.Lanes<byte>(warp.Program.Lists[i->List]), 32u * i->ElementBytes);
            return;
        }
        for (int element = 0; element < i->ListLength; element++)
        {
            byte* source = warp.Lanes<byte>(warp.Program.Lists[i->List + element]);
            int stride = i->RegisterBytes == 8 ? 8 : 4;
            for (uint rest = sound; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                Unsafe.CopyBlockUnaligned((byte*)address[lane] + element * i->ElementBytes, source + lane * stride, i->ElementBytes);
            }
            if (!contiguous && warp.Options.Checks) CheckConflict(warp, i, sound, address, element, source, stride);
        }
    }

    // Lanes of one store that write different values to one address: which one stays is not defined.
    private static void CheckConflict(Warp warp, Instruction* i, uint sound, ulong* address, int element, byte* source, int stride)
    {
        for (uint rest = sound; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ReadOnlySpan<byte> stored = new((byte*)address[lane] + element * i->ElementBytes, i->ElementBytes);
            if (stored.SequenceEqual(new ReadOnlySpan<byte>(source + lane * stride, i->ElementBytes))) continue;
            warp.Report(FindingKind.ConflictingWrites, i, lane, "another lane wrote another value to the same address");
            return;
        }
    }

    private static ulong Fetch(byte* source, Instruction* i) => i->ElementBytes switch
    {
        1 => i->SignExtend ? (ulong)(sbyte)*source : *source,
        2 => i->SignExtend ? (ulong)*(short*)source : *(ushort*)source,
        4 => i->SignExtend ? (ulong)*(int*)source : *(uint*)source,
        _ => *(ulong*)source,
    };

    private static void Place(byte* lanes, int lane, ulong bits, int registerBytes)
    {
        if (registerBytes == 8) ((ulong*)lanes)[lane] = bits;
        else ((uint*)lanes)[lane] = registerBytes == 2 ? (ushort)bits : (uint)bits;
    }
}
