using System.Numerics;

namespace DoRA.PtxMachine.Execution.Operations;

/// <summary>mov between a register and a vector of narrower ones; the first element takes the lowest bits.</summary>
internal static unsafe class VectorMoveExecutors
{
    public static void Pack(Warp warp, Instruction* i, uint mask)
    {
        byte* d = warp.Lanes<byte>(i->D);
        ReadOnlySpan<int> parts = warp.Program.Lists.AsSpan(i->List, i->ListLength);
        foreach (int part in parts) warp.RequireInitialised(i, part, mask);
        int bits = 8 * i->ElementBytes;
        for (; mask != 0; mask &= mask - 1)
        {
            int lane = BitOperations.TrailingZeroCount(mask);
            ulong value = 0;
            for (int part = 0; part < parts.Length; part++)
            {
                value |= (warp.Lanes<uint>(parts[part])[lane] & (bits == 32 ? uint.MaxValue : (1u << bits) - 1)) * (1ul << (bits * part));
            }
            if (i->RegisterBytes == 8) ((ulong*)d)[lane] = value;
            else ((uint*)d)[lane] = (uint)value;
        }
    }

    public static void Unpack(Warp warp, Instruction* i, uint mask)
    {
        byte* a = warp.Lanes<byte>(i->A);
        int bits = 8 * i->ElementBytes;
        ulong* values = stackalloc ulong[32];
        for (int lane = 0; lane < 32; lane++) values[lane] = i->RegisterBytes == 8 ? ((ulong*)a)[lane] : ((uint*)a)[lane];
        for (int part = 0; part < i->ListLength; part++)
        {
            int slot = warp.Program.Lists[i->List + part];
            uint* d = warp.Lanes<uint>(slot);
            for (uint rest = mask; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                d[lane] = (uint)(values[lane] >> (bits * part)) & (bits == 32 ? uint.MaxValue : (1u << bits) - 1);
            }
            warp.Initialised[slot] |= mask;
        }
    }
}
