using System.Collections.Concurrent;

namespace DoRA.Pipeline.Video;

/// <summary>Memory for frames, used again and again. Threads may share it.</summary>
public sealed class FramePool : IDisposable
{
    private const long Granularity = 64 * 1024;
    private readonly ConcurrentDictionary<long, ConcurrentBag<NativeBlock>> blocksByCapacity = new();
    private volatile bool disposed;

    /// <summary>The pool that readers use when they are given none.</summary>
    public static FramePool Shared { get; } = new();

    /// <summary>An empty frame, to be filled by <see cref="VideoReader.ReadAt"/> and to be disposed.</summary>
    public VideoFrame Rent() => new(this);

    internal NativeBlock RentBlock(long bytes)
    {
        long capacity = (bytes + Granularity - 1) / Granularity * Granularity;
        return blocksByCapacity.TryGetValue(capacity, out ConcurrentBag<NativeBlock>? blocks) && blocks.TryTake(out NativeBlock? block)
            ? block
            : new NativeBlock(capacity);
    }

    internal void Return(NativeBlock block)
    {
        if (disposed)
            block.Dispose();
        else
            blocksByCapacity.GetOrAdd(block.Capacity, _ => []).Add(block);
    }

    /// <summary>Frees what lies in the pool; frames still out are freed when they come back.</summary>
    public void Dispose()
    {
        disposed = true;
        foreach (ConcurrentBag<NativeBlock> blocks in blocksByCapacity.Values)
        {
            while (blocks.TryTake(out NativeBlock? block))
                block.Dispose();
        }
    }
}
