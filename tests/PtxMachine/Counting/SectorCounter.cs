using System.Numerics;
using System.Runtime.CompilerServices;
using DoRA.PtxMachine.Execution;

namespace DoRA.PtxMachine.Counting;

/// <summary>Counts the 32-byte sectors that a warp-wide global access touches.</summary>
internal static unsafe class SectorCounter
{
    private const int SectorShift = 5;

    [SkipLocalsInit]
    public static void Count(Warp warp, Instruction* i, uint mask, ulong* address, int bytes, bool write, bool contiguous)
    {
        int lanes = BitOperations.PopCount(mask);
        if (lanes == 0) return;
        ref AccessCount count = ref warp.Group.Counts.Global[i->Source];
        count.Requests++;
        count.Bytes += lanes * bytes;
        if (contiguous)
        {
            ulong first = (address[0] - GlobalMemory.Base) >> SectorShift, last = (address[31] + (ulong)bytes - 1 - GlobalMemory.Base) >> SectorShift;
            for (ulong sector = first; sector <= last; sector++) Touch(warp, sector, write);
            count.Pieces += (long)(last - first) + 1;
            count.Ideal += (32 * bytes + 31) >> SectorShift;
            return;
        }
        Span<ulong> sectors = stackalloc ulong[32], places = stackalloc ulong[32];
        int sectorCount = 0, placeCount = 0;
        ulong previous = 0;
        bool ascending = true;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            ulong place = address[BitOperations.TrailingZeroCount(rest)], sector = (place - GlobalMemory.Base) >> SectorShift;
            // While addresses ascend, a new one differs from all before it, and its sector from all but the last.
            ascending &= place >= previous;
            bool newPlace = ascending ? place > previous : !places[..placeCount].Contains(place);
            bool newSector = ascending ? sectorCount == 0 || sector != sectors[sectorCount - 1] : !sectors[..sectorCount].Contains(sector);
            previous = place;
            if (newPlace) places[placeCount++] = place;
            if (!newSector) continue;
            sectors[sectorCount++] = sector;
            Touch(warp, sector, write);
        }
        count.Pieces += sectorCount;
        count.Ideal += (placeCount * bytes + 31) >> SectorShift;
    }

    // The first to touch a sector in this launch counts it, whichever worker that is.
    private static void Touch(Warp warp, ulong sector, bool write)
    {
        GlobalMemory memory = warp.Group.Launch.Memory;
        int launch = warp.Group.Launch.LaunchNumber;
        ref int mark = ref write ? ref memory.WrittenSectors[sector] : ref memory.ReadSectors[sector];
        if (Volatile.Read(ref mark) == launch || Interlocked.Exchange(ref mark, launch) == launch) return;
        if (write) warp.Group.Counts.DistinctWrittenSectors++;
        else warp.Group.Counts.DistinctReadSectors++;
    }
}
