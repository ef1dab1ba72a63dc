using System.Collections.Concurrent;
using DoRA.Kernels;

namespace DoRA.Pipeline.Video;

/// <summary>Memory for frames, used again and again. Threads may share it.</summary>
/// <param name="device">The device that frames are uploaded to, whose <see cref="Device.AllocateHost"/> gives the memory; plain memory when null.</param>
public sealed class FramePool(Device? device = null) : IDisposable
{
    private const long Granularity = 64 * 1024;
    private readonly ConcurrentDictionary<long, ConcurrentBag<HostBuffer>> blocksByCapacity = new();
    private volatile bool disposed;

    /// <summary>The pool that readers use when they are given none.</summary>
    public static FramePool Shared { get; } = new();

    /// <summary>An empty frame, to be filled by <see cref="VideoReader.ReadAt"/> and to be disposed.</summary>
    public VideoFrame Rent() => new(this);

    /// <summary>Memory that nothing reads any more, neither a frame's owner nor a card.</summary>
    internal HostBuffer RentBlock(long bytes)
    {
        long capacity = (bytes + Granularity - 1) / Granularity * Granularity;
        HostBuffer block = blocksByCapacity.TryGetValue(capacity, out ConcurrentBag<HostBuffer>? blocks) && blocks.TryTake(out HostBuffer? idle)
            ? idle
            : Allocate(capacity);
        block.AwaitUploads();
        return block;
    }

    internal void Return(HostBuffer block)
    {
        if (disposed)
            block.Dispose();
        else
            blocksByCapacity.GetOrAdd(block.Bytes, _ => []).Add(block);
    }

    private HostBuffer Allocate(long bytes) => device?.AllocateHost(bytes) ?? HostBuffer.Allocate(bytes);

    /// <summary>Frees what lies in the pool; frames still out are freed when they come back.</summary>
    public void Dispose()
    {
        disposed = true;
        foreach (ConcurrentBag<HostBuffer> blocks in blocksByCapacity.Values)
        {
            while (blocks.TryTake(out HostBuffer? block))
                block.Dispose();
        }
    }
}
