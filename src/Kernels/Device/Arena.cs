namespace DoRA.Kernels;

/// <summary>
/// Memory for one step's activations: blocks of any size out of a few large chunks of the device's. What is returned joins its free
/// neighbours and is handed out again at once. A request goes to the first chunk that has room, so a step that asks as the one before
/// finds every block where that found it, and after the first step nothing is taken from the device any more.
/// </summary>
public sealed class Arena(Device device) : IDisposable
{
    private const long Granularity = 256, SmallestChunk = 1L << 20, LargestGrowth = 64L << 20;
    private readonly List<ArenaChunk> _chunks = [];
    private readonly Dictionary<(DeviceBuffer Buffer, long Offset), (ArenaChunk Chunk, long Bytes)> _rented = [];

    public Device Device { get; } = device;

    /// <summary>Bytes taken from the device so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes handed out at this moment.</summary>
    public long RentedBytes { get; private set; }

    /// <summary>Memory of undefined content, until it is returned or the arena is reset.</summary>
    public DeviceSpan Rent(long length, ElementType type)
    {
        long bytes = (Math.Max(1, length * type.Size()) + Granularity - 1) / Granularity * Granularity, offset = -1;
        ArenaChunk? chunk = _chunks.Find(candidate => candidate.TryTake(bytes, out offset));
        if (chunk is null)
        {
            chunk = Grow(bytes);
            chunk.TryTake(bytes, out offset);
        }

        _rented.Add((chunk.Buffer, offset), (chunk, bytes));
        RentedBytes += bytes;
        return new(chunk.Buffer, offset, length, type);
    }

    /// <summary>Gives back a block that <see cref="Rent"/> handed out; later work may overwrite it.</summary>
    /// <exception cref="InvalidOperationException">The block is not out on rent from this arena.</exception>
    public void Return(DeviceSpan span)
    {
        if (!_rented.Remove((span.Buffer, span.ByteOffset), out (ArenaChunk Chunk, long Bytes) block))
        {
            throw new InvalidOperationException("This memory was not rented from the arena, or was returned before.");
        }

        RentedBytes -= block.Bytes;
        block.Chunk.GiveBack(span.ByteOffset, block.Bytes);
    }

    /// <summary>Takes back everything that is out on rent.</summary>
    public void Reset()
    {
        _rented.Clear();
        _chunks.ForEach(chunk => chunk.Reset());
        RentedBytes = 0;
    }

    public void Dispose()
    {
        _rented.Clear();
        _chunks.ForEach(chunk => chunk.Buffer.Dispose());
        _chunks.Clear();
    }

    /// <summary>Chunks grow with what is there already, so that little is taken where little is needed.</summary>
    private ArenaChunk Grow(long bytes)
    {
        long size = Math.Max(bytes, Math.Clamp(Bytes, SmallestChunk, LargestGrowth));
        ArenaChunk chunk = new(Device.Allocate(size));
        _chunks.Add(chunk);
        Bytes += size;
        return chunk;
    }
}
