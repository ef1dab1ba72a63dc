using System.Runtime.InteropServices;
using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Parsing;

namespace DoRA.PtxMachine.Execution;

/// <summary>
/// Global memory: one range of bytes with a shadow byte each. Buffers stand apart by a guard gap, so that an access beside a buffer
/// meets shadow bytes of no buffer.
/// </summary>
internal sealed unsafe class GlobalMemory : IDisposable
{
    /// <summary>Generic and global address of the first byte.</summary>
    public const ulong Base = 0x7F00_0000_0000;

    public const byte Unallocated = 0, Allocated = 1, Initialised = 3;
    public const int SectorBytes = 32;

    private const long Guard = 1024, Alignment = 256;

    private readonly SortedDictionary<long, (long Bytes, long Block, string Name)> buffers = [];
    private readonly SortedDictionary<long, long> _free = [];
    private readonly long _capacity;

    public GlobalMemory(long capacity)
    {
        _capacity = capacity;
        Data = (byte*)NativeMemory.AllocZeroed((nuint)_capacity);
        Shadow = (byte*)NativeMemory.AllocZeroed((nuint)_capacity);
        ReadSectors = (int*)NativeMemory.AllocZeroed((nuint)(_capacity / SectorBytes * sizeof(int)));
        WrittenSectors = (int*)NativeMemory.AllocZeroed((nuint)(_capacity / SectorBytes * sizeof(int)));
        Owners = new GlobalOwners(_capacity);
        _free[Guard] = _capacity - Guard;
    }

    public byte* Data { get; private set; }

    /// <summary>One byte for each byte of data: unallocated, allocated or initialised.</summary>
    public byte* Shadow { get; private set; }

    /// <summary>For each 32-byte sector the number of the launch that last read it.</summary>
    public int* ReadSectors { get; private set; }

    /// <summary>For each 32-byte sector the number of the launch that last wrote it.</summary>
    public int* WrittenSectors { get; private set; }

    /// <summary>Which group wrote what.</summary>
    public GlobalOwners Owners { get; }

    public ulong Capacity => (ulong)_capacity;

    /// <summary>Takes bytes, filled with ones (NaN) and marked uninitialised. Returns the address.</summary>
    public ulong Allocate(long bytes, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        long block = (bytes + Guard + Alignment - 1) / Alignment * Alignment;
        foreach ((long start, long length) in _free)
        {
            if (length < block) continue;
            _free.Remove(start);
            if (length > block) _free[start + block] = length - block;
            buffers[start] = (bytes, block, name);
            NativeMemory.Fill(Data + start, (nuint)bytes, 0xFF);
            NativeMemory.Fill(Shadow + start, (nuint)bytes, Allocated);
            return Base + (ulong)start;
        }
        throw new PtxException($"the machine's global memory of {_capacity} bytes has no room for {bytes} more");
    }

    public void Free(ulong address)
    {
        long start = Offset(address);
        if (!buffers.Remove(start, out (long Bytes, long Block, string Name) buffer)) throw new PtxException(
            $"no buffer begins at {address:x}");
        NativeMemory.Clear(Shadow + start, (nuint)buffer.Bytes);
        long end = start + buffer.Block;
        if (_free.Remove(end, out long following)) end += following;
        foreach ((long before, long length) in _free)
        {
            if (before + length != start) continue;
            start = before;
            break;
        }
        _free[start] = end - start;
    }

    public void CopyIn(ulong address, ReadOnlySpan<byte> data)
    {
        long start = Check(address, data.Length);
        data.CopyTo(new Span<byte>(Data + start, data.Length));
        new Span<byte>(Shadow + start, data.Length).Fill(Initialised);
    }

    public void CopyOut(ulong address, Span<byte> data) => new Span<byte>(Data + Check(address, data.Length), data.Length).CopyTo(data);

    /// <summary>True when every byte was written by a copy or a kernel.</summary>
    public bool IsInitialised(ulong address, int bytes) =>
        !new ReadOnlySpan<byte>(Shadow + Check(address, bytes), bytes).ContainsAnyExcept(Initialised);

    /// <summary>The buffer nearest to an address, in words.</summary>
    public string Describe(ulong address)
    {
        long at = unchecked((long)(address - Base));
        string text = $"address 0x{address:x}";
        if (buffers.Count == 0) return text;
        (long start, (long bytes, _, string name)) = buffers.MinBy(pair => Math.Max(pair.Key - at, at - pair.Key - pair.Value.Bytes));
        return $"{text}, byte {at - start} of buffer {name} with {bytes}";
    }

    public void Dispose()
    {
        NativeMemory.Free(Data);
        NativeMemory.Free(Shadow);
        NativeMemory.Free(ReadSectors);
        NativeMemory.Free(WrittenSectors);
        Owners.Dispose();
        Data = Shadow = null;
        ReadSectors = WrittenSectors = null;
    }

    private long Check(ulong address, int bytes)
    {
        long start = Offset(address);
        return !new ReadOnlySpan<byte>(Shadow + start, bytes).Contains(Unallocated) ? start
            : throw new PtxException($"a copy of {bytes} bytes leaves its buffer: {Describe(address)}");
    }

    private long Offset(ulong address)
    {
        ObjectDisposedException.ThrowIf(Data == null, this);
        return address >= Base && address < Base + Capacity ? (long)(address - Base)
            : throw new PtxException($"0x{address:x} is no global address");
    }
}
