using System.Numerics;
using System.Runtime.CompilerServices;
using DoRA.PtxMachine.Execution;

namespace DoRA.PtxMachine.Counting;

/// <summary>
/// Counts the passes that a warp-wide shared access needs: 32 banks of 4 bytes serve one word each in a pass. Accesses of 8 bytes go
/// by half warps, of 16 bytes (and the rows of ldmatrix) by 8 lanes, so that 128 bytes fit into a pass.
/// </summary>
internal static unsafe class BankCounter
{
    private const int Banks = 32;

    public static void Count(Warp warp, Instruction* i, uint mask, ulong* address, int bytes)
    {
        int lanes = BitOperations.PopCount(mask);
        if (lanes == 0) return;
        ref AccessCount count = ref warp.Group.Counts.Shared[i->Source];
        count.Requests++;
        count.Bytes += lanes * bytes;
        int together = Math.Min(Banks, 128 / Math.Max(bytes, 4));
        uint phase = together == 32 ? uint.MaxValue : (1u << together) - 1;
        for (int lane = 0; lane < 32; lane += together)
        {
            uint active = mask & (phase << lane);
            if (active == 0) continue;
            if (bytes == 16 && HasNoConflict(active, address))
            {
                count.Pieces++;
                count.Ideal++;
                continue;
            }
            (int passes, int ideal) = Passes(active, address, Math.Max(bytes / 4, 1));
            count.Pieces += passes;
            count.Ideal += ideal;
        }
    }

    // 16-byte accesses fall into eight groups of four banks; no group twice means no conflict.
    private static bool HasNoConflict(uint active, ulong* address)
    {
        uint used = 0;
        for (uint rest = active; rest != 0; rest &= rest - 1)
        {
            uint bit = 1u << (int)(address[BitOperations.TrailingZeroCount(rest)] >> 4 & 7);
            if ((used & bit) != 0) return false;
            used |= bit;
        }
        return true;
    }

    [SkipLocalsInit]
    private static (int Passes, int Ideal) Passes(uint active, ulong* address, int words)
    {
        // Distinct words of each bank; lanes that read the same word share it.
        ulong* distinct = stackalloc ulong[Banks * Banks];
        int* used = stackalloc int[Banks];
        new Span<int>(used, Banks).Clear();
        int most = 0, total = 0;
        for (uint rest = active; rest != 0; rest &= rest - 1)
        {
            ulong word = address[BitOperations.TrailingZeroCount(rest)] >> 2;
            for (int w = 0; w < words; w++, word++)
            {
                int bank = (int)(word & (Banks - 1));
                if (new ReadOnlySpan<ulong>(distinct + bank * Banks, used[bank]).Contains(word)) continue;
                distinct[bank * Banks + used[bank]++] = word;
                most = Math.Max(most, used[bank]);
                total++;
            }
        }
        return (most, (total + Banks - 1) / Banks);
    }
}
