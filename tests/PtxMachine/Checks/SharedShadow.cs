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
    private const uint InFlight = uint.MaxValue, ByAtomic = 1u << 31;

    private readonly ThreadGroup _group;
    private readonly int _shift;
    // Writer: clock << 10 | warp << 5 | lane, with the top bit for atomic operations; 0 is uninitialised. Readers: clock << 32 | one bit
    // for each warp.
    private readonly uint[] _writerStorage;
    private readonly ulong[] _readerStorage;
    private readonly uint* _writers;
    private readonly ulong* _readers;
    // In kernels with warpgroup products: products under way that read a granule, and whether it was written without a proxy fence since.
    private readonly ushort[]? _asyncReads;
    private readonly bool[]? _isUnfenced;

    public SharedShadow(ThreadGroup group, int bytes, int granuleShift, bool hasAsyncReads)
    {
        (_group, _shift) = (group, granuleShift);
        int granules = (bytes >> granuleShift) + 16;
        _writerStorage = GC.AllocateArray<uint>(granules, pinned: true);
        _readerStorage = GC.AllocateArray<ulong>(granules, pinned: true);
        _writers = (uint*)Unsafe.AsPointer(ref _writerStorage[0]);
        _readers = (ulong*)Unsafe.AsPointer(ref _readerStorage[0]);
        if (!hasAsyncReads) return;
        _asyncReads = new ushort[granules];
        _isUnfenced = new bool[granules];
    }

    public void Reset()
    {
        Array.Clear(_writerStorage);
        Array.Clear(_readerStorage);
        if (_asyncReads is null) return;
        Array.Clear(_asyncReads);
        Array.Clear(_isUnfenced!);
    }

    /// <summary>Lanes read bytes at their shared addresses, which are sound.</summary>
    public void Read(Warp warp, Instruction* i, uint lanes, ulong* address, int bytes)
    {
        uint oldest = _group.Clocks.OldestView(warp.Index);
        ulong mine = (ulong)_group.Clocks.Now(warp.Index) << 32 | 1ul << warp.Index;
        int granules = Math.Max(bytes >> _shift, 1);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest), first = Granule(address[lane]);
            if (granules == 4 && TryReadFour(first, oldest, mine)) continue;
            for (int g = first; g < first + granules; g++)
            {
                // One comparison for the common case: initialised, arrived, and written before every warp's last synchronisation.
                if (_writers[g] - 1 >= (oldest << 10) - 1) CheckReadAfterWrite(warp, i, lane, g);
                if (_readers[g] != mine) AddReader(g, oldest, mine);
            }
        }
    }

    /// <summary>Lanes write; with <paramref name="asynchronous"/> the data arrive only at a lane's wait.</summary>
    public void Write(Warp warp, Instruction* i, uint lanes, ulong* address, int bytes, bool asynchronous)
    {
        uint oldest = _group.Clocks.OldestView(warp.Index);
        uint stamp = _group.Clocks.Now(warp.Index) << 10 | (uint)warp.Index << 5;
        int granules = Math.Max(bytes >> _shift, 1);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest), first = Granule(address[lane]);
            for (int g = first; g < first + granules; g++)
            {
                if (_writers[g] >= oldest << 10) CheckWriteAfterWrite(warp, i, lane, g);
                if (_readers[g] >= (ulong)oldest << 32) CheckWriteAfterRead(warp, i, lane, g);
                _writers[g] = asynchronous ? InFlight : stamp | (uint)lane;
                if (_asyncReads is not null) WriteBesideProducts(warp, i, lane, g);
            }
        }
    }

    /// <summary>A product begins to read bytes; it has read them at its <see cref="EndAsyncRead"/>.</summary>
    public void BeginAsyncRead(Warp warp, Instruction* i, uint lanes, ulong* address, int bytes)
    {
        uint oldest = _group.Clocks.OldestView(warp.Index);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest), first = Granule(address[lane]);
            for (int g = first; g < first + (bytes >> _shift); g++)
            {
                if (_writers[g] - 1 >= (oldest << 10) - 1) CheckReadAfterWrite(warp, i, lane, g);
                if (_isUnfenced![g]) warp.Report(FindingKind.ProxyFenceMissing, i, lane, $"written without a fence.proxy.async since, {Place(g)}");
                _asyncReads![g]++;
            }
        }
    }

    /// <summary>A warp waited for its product that read the 16 bytes at this offset.</summary>
    public void EndAsyncRead(Warp warp, int offset)
    {
        uint oldest = _group.Clocks.OldestView(warp.Index);
        ulong mine = (ulong)_group.Clocks.Now(warp.Index) << 32 | 1ul << warp.Index;
        for (int g = offset >> _shift; g < (offset + 16) >> _shift; g++)
        {
            if (_asyncReads![g] > 0) _asyncReads[g]--;
            if (_readers[g] != mine) AddReader(g, oldest, mine);
        }
    }

    /// <summary>What this warp has written, or others before a barrier that it passed, becomes readable for products.</summary>
    public void FenceProxy(Warp warp)
    {
        if (_isUnfenced is null) return;
        uint[] view = _group.Clocks.View(warp.Index);
        for (int g = Array.IndexOf(_isUnfenced, true); g >= 0; g = Array.IndexOf(_isUnfenced, true, g + 1))
        {
            uint writer = _writers[g] & ~ByAtomic;
            int writerWarp = (int)(writer >> 5 & 31);
            if (_writers[g] != InFlight && (writerWarp == warp.Index || writer >> 10 < view[writerWarp])) _isUnfenced[g] = false;
        }
    }

    /// <summary>Data of an asynchronous copy arrive: from here on they count as written by the lane that waited.</summary>
    public void Deliver(Warp warp, int lane, int offset, int bytes)
    {
        uint stamp = _group.Clocks.Now(warp.Index) << 10 | (uint)warp.Index << 5 | (uint)lane;
        int granules = Math.Max(bytes >> _shift, 1);
        new Span<uint>(_writers + (offset >> _shift), granules).Fill(stamp);
        _isUnfenced?.AsSpan(offset >> _shift, granules).Fill(true);
    }

    /// <summary>Lanes update atomically: that does not race with other atomic operations, but with plain reads and writes.</summary>
    public void Atomic(Warp warp, Instruction* i, uint lanes, ulong* address, int bytes)
    {
        ulong oldest = (ulong)_group.Clocks.OldestView(warp.Index) << 32;
        uint stamp = _group.Clocks.Now(warp.Index) << 10 | (uint)warp.Index << 5 | ByAtomic;
        int granules = Math.Max(bytes >> _shift, 1);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest), first = Granule(address[lane]);
            for (int g = first; g < first + granules; g++)
            {
                if (_writers[g] is InFlight or < ByAtomic) CheckReadAfterWrite(warp, i, lane, g);
                if (_readers[g] >= oldest) CheckWriteAfterRead(warp, i, lane, g);
                _writers[g] = stamp | (uint)lane;
                if (_asyncReads is not null) WriteBesideProducts(warp, i, lane, g);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Granule(ulong address) => (int)(address - ProgramMemory.SharedBase) >> _shift;

    // Four granules at once, as every row of ldmatrix and every vector of four words has them, when all is well.
    private bool TryReadFour(int g, uint oldest, ulong mine)
    {
        Vector128<uint> written = Vector128.Load(_writers + g) - Vector128<uint>.One;
        Vector256<ulong> read = Vector256.Load(_readers + g), me = Vector256.Create(mine);
        Vector256<ulong> old = Vector256.LessThan(read, Vector256.Create((ulong)oldest << 32));
        Vector256<ulong> sameClock = Vector256.Equals(read >> 32, me >> 32);
        if (!Vector128.LessThanAll(written, Vector128.Create((oldest << 10) - 1))) return false;
        if ((old | sameClock) != Vector256<ulong>.AllBitsSet) return false;
        Vector256.ConditionalSelect(old, me, read | me).Store(_readers + g);
        return true;
    }

    private void WriteBesideProducts(Warp warp, Instruction* i, int lane, int g)
    {
        _isUnfenced![g] = true;
        if (_asyncReads![g] == 0) return;
        warp.Report(FindingKind.SharedRace, i, lane, $"writes what a product under way reads, {Place(g)}");
        _asyncReads[g] = 0;
    }

    private void AddReader(int g, uint oldest, ulong mine)
    {
        ulong before = _readers[g];
        bool allOlder = before < (ulong)oldest << 32;
        _readers[g] = allOlder ? mine : Math.Max(before & ~(ulong)uint.MaxValue, mine & ~(ulong)uint.MaxValue) | (uint)before | (uint)mine;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CheckReadAfterWrite(Warp warp, Instruction* i, int lane, int g)
    {
        uint writer = _writers[g];
        if (writer == 0) warp.Report(FindingKind.UninitialisedSharedRead, i, lane, Place(g));
        else if (writer == InFlight) warp.Report(FindingKind.AsyncCopyNotAwaited, i, lane, Place(g));
        else if (!Ordered(warp, lane, writer)) warp.Report(FindingKind.SharedRace, i, lane,
            $"reads what {Thread(writer)} wrote, no barrier between, {Place(g)}");
        else return;
        // Seen once is enough: repeat accesses to this granule stay silent until it is written again.
        _writers[g] = 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CheckWriteAfterWrite(Warp warp, Instruction* i, int lane, int g)
    {
        uint writer = _writers[g];
        if (writer == InFlight) warp.Report(FindingKind.AsyncCopyNotAwaited, i, lane, $"writes over a copy under way, {Place(g)}");
        else if ((writer >> 5 & 31) != warp.Index && !Ordered(warp, lane, writer))
            warp.Report(FindingKind.SharedRace, i, lane, $"writes over what {Thread(writer)} wrote, no barrier between, {Place(g)}");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CheckWriteAfterRead(Warp warp, Instruction* i, int lane, int g)
    {
        ulong read = _readers[g];
        uint clock = (uint)(read >> 32);
        uint[] view = _group.Clocks.View(warp.Index);
        for (uint others = (uint)read & ~(1u << warp.Index); others != 0; others &= others - 1)
        {
            int reader = BitOperations.TrailingZeroCount(others);
            if (clock < view[reader]) continue;
            warp.Report(FindingKind.SharedRace, i, lane, $"writes what warp {reader} has read, no barrier between, {Place(g)}");
            _readers[g] = 0;
            return;
        }
    }

    private bool Ordered(Warp warp, int lane, uint writer)
    {
        writer &= ~ByAtomic;
        int writerWarp = (int)(writer >> 5 & 31), writerLane = (int)(writer & 31);
        return (writerWarp == warp.Index && writerLane == lane) || writer >> 10 < _group.Clocks.View(warp.Index)[writerWarp];
    }

    private string Place(int g) => $"shared byte {g << _shift}";

    private static string Thread(uint writer) => $"thread {(writer >> 5 & 31) * 32 + (writer & 31)}";
}
