using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DoRA.PtxMachine.Execution;

namespace DoRA.PtxMachine.Checks;

/// <summary>
/// What is known of each granule of shared memory (4 bytes, fewer if the kernel accesses less at once): who wrote it last and who has
/// read it since, with the clocks of those warps. Finds reads of uninitialised and not yet arrived data and unordered accesses.
/// </summary>
internal sealed unsafe class SharedShadow
{
    private const uint InFlight = uint.MaxValue;

    private readonly ThreadGroup group;
    private readonly int shift;
    // Writer: clock << 10 | warp << 5 | lane; 0 is uninitialised. Readers: clock << 32 | one bit for each warp.
    private readonly uint[] writerStorage;
    private readonly ulong[] readerStorage;
    private readonly uint* writers;
    private readonly ulong* readers;

    public SharedShadow(ThreadGroup group, int bytes, int granuleShift)
    {
        (this.group, shift) = (group, granuleShift);
        int granules = (bytes >> granuleShift) + 16;
        writerStorage = GC.AllocateArray<uint>(granules, pinned: true);
        readerStorage = GC.AllocateArray<ulong>(granules, pinned: true);
        writers = (uint*)Unsafe.AsPointer(ref writerStorage[0]);
        readers = (ulong*)Unsafe.AsPointer(ref readerStorage[0]);
    }

    public void Reset()
    {
        Array.Clear(writerStorage);
        Array.Clear(readerStorage);
    }

    /// <summary>A lane reads bytes at an offset of shared memory.</summary>
    public void Read(Warp warp, Instruction* i, int lane, int offset, int bytes)
    {
        uint oldest = group.Clocks.OldestView(warp.Index);
        ulong mine = (ulong)group.Clocks.Now(warp.Index) << 32 | 1ul << warp.Index;
        int first = offset >> shift, count = Math.Max(bytes >> shift, 1);
        for (int g = first; g < first + count; g++)
        {
            // One comparison for the common case: initialised, arrived, and written before every warp's last synchronisation.
            if (writers[g] - 1 >= (oldest << 10) - 1) CheckReadAfterWrite(warp, i, lane, g);
            if (readers[g] != mine) AddReader(warp, g, oldest, mine);
        }
    }

    /// <summary>Reads 4 granules of 4 bytes at once, as every row of ldmatrix does.</summary>
    public void ReadRow(Warp warp, Instruction* i, int lane, int offset)
    {
        if (shift != 2)
        {
            Read(warp, i, lane, offset, 16);
            return;
        }
        int g = offset >> 2;
        uint oldest = group.Clocks.OldestView(warp.Index);
        Vector128<uint> written = Vector128.Load(writers + g) - Vector128<uint>.One;
        Vector256<ulong> mine = Vector256.Create((ulong)group.Clocks.Now(warp.Index) << 32 | 1ul << warp.Index);
        Vector256<ulong> read = Vector256.Load(readers + g);
        Vector256<ulong> old = Vector256.LessThan(read, Vector256.Create((ulong)oldest << 32));
        Vector256<ulong> sameClock = Vector256.Equals(read >> 32, mine >> 32);
        if (Vector128.LessThanAll(written, Vector128.Create((oldest << 10) - 1)) && (old | sameClock) == Vector256<ulong>.AllBitsSet)
        {
            Vector256.ConditionalSelect(old, mine, read | mine).Store(readers + g);
            return;
        }
        Read(warp, i, lane, offset, 16);
    }

    /// <summary>A lane writes; with <paramref name="asynchronous"/> the data arrive only at the lane's wait.</summary>
    public void Write(Warp warp, Instruction* i, int lane, int offset, int bytes, bool asynchronous = false)
    {
        uint oldest = group.Clocks.OldestView(warp.Index);
        uint now = group.Clocks.Now(warp.Index);
        uint stamp = asynchronous ? InFlight : now << 10 | (uint)warp.Index << 5 | (uint)lane;
        int first = offset >> shift, count = Math.Max(bytes >> shift, 1);
        for (int g = first; g < first + count; g++)
        {
            if (writers[g] >= oldest << 10) CheckWriteAfterWrite(warp, i, lane, g);
            if (readers[g] >= (ulong)oldest << 32) CheckWriteAfterRead(warp, i, lane, g);
            writers[g] = stamp;
        }
    }

    /// <summary>Data of an asynchronous copy arrive: from here on they count as written by the lane that waited.</summary>
    public void Deliver(Warp warp, int lane, int offset, int bytes)
    {
        uint stamp = group.Clocks.Now(warp.Index) << 10 | (uint)warp.Index << 5 | (uint)lane;
        new Span<uint>(writers + (offset >> shift), Math.Max(bytes >> shift, 1)).Fill(stamp);
    }

    /// <summary>Atomic operations do not race with each other: they only make the granule initialised, and ordered for plain readers.</summary>
    public void Atomic(Warp warp, Instruction* i, int lane, int offset, int bytes)
    {
        int first = offset >> shift, count = Math.Max(bytes >> shift, 1);
        for (int g = first; g < first + count; g++)
        {
            if (writers[g] == 0) warp.Report(FindingKind.UninitialisedSharedRead, i, lane, Place(g));
            else if (writers[g] == InFlight) warp.Report(FindingKind.AsyncCopyNotAwaited, i, lane, Place(g));
            writers[g] = group.Clocks.Now(warp.Index) << 10 | (uint)warp.Index << 5 | (uint)lane;
        }
    }

    private void AddReader(Warp warp, int g, uint oldest, ulong mine)
    {
        ulong before = readers[g];
        bool allOlder = before < (ulong)oldest << 32;
        readers[g] = allOlder ? mine : Math.Max(before & ~(ulong)uint.MaxValue, mine & ~(ulong)uint.MaxValue) | (uint)before | (uint)mine;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CheckReadAfterWrite(Warp warp, Instruction* i, int lane, int g)
    {
        uint writer = writers[g];
        if (writer == 0) warp.Report(FindingKind.UninitialisedSharedRead, i, lane, Place(g));
        else if (writer == InFlight) warp.Report(FindingKind.AsyncCopyNotAwaited, i, lane, Place(g));
        else if (!Ordered(warp, lane, writer)) warp.Report(FindingKind.SharedRace, i, lane, $"reads what {Thread(writer)} wrote, no barrier between, {Place(g)}");
        else return;
        // Seen once is enough: repeat accesses to this granule stay silent until it is written again.
        writers[g] = 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CheckWriteAfterWrite(Warp warp, Instruction* i, int lane, int g)
    {
        uint writer = writers[g];
        if (writer == InFlight) warp.Report(FindingKind.AsyncCopyNotAwaited, i, lane, $"writes over a copy under way, {Place(g)}");
        else if ((writer >> 5 & 31) != warp.Index && !Ordered(warp, lane, writer))
            warp.Report(FindingKind.SharedRace, i, lane, $"writes over what {Thread(writer)} wrote, no barrier between, {Place(g)}");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CheckWriteAfterRead(Warp warp, Instruction* i, int lane, int g)
    {
        ulong read = readers[g];
        uint clock = (uint)(read >> 32);
        uint[] view = group.Clocks.View(warp.Index);
        for (uint others = (uint)read & ~(1u << warp.Index); others != 0; others &= others - 1)
        {
            int reader = BitOperations.TrailingZeroCount(others);
            if (clock < view[reader]) continue;
            warp.Report(FindingKind.SharedRace, i, lane, $"writes what warp {reader} has read, no barrier between, {Place(g)}");
            readers[g] = 0;
            return;
        }
    }

    private bool Ordered(Warp warp, int lane, uint writer)
    {
        int writerWarp = (int)(writer >> 5 & 31), writerLane = (int)(writer & 31);
        return (writerWarp == warp.Index && writerLane == lane) || writer >> 10 < group.Clocks.View(warp.Index)[writerWarp];
    }

    private string Place(int g) => $"shared byte {g << shift}";

    private static string Thread(uint writer) => $"thread {(writer >> 5 & 31) * 32 + (writer & 31)}";
}
