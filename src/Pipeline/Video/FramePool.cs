using DoRA.Kernels;

namespace DoRA.Pipeline.Video;

/// <summary>
/// Memory for frames, used again and again. Threads may share it, decoders' own among them (<see cref="DecoderBuffers"/>). What nobody asked for in a
/// while is freed, so that frames of sizes that do not come again take no memory.
/// </summary>
/// <param name="device">The device that frames are uploaded to, whose <see cref="Device.AllocateHost"/> gives the memory; plain memory when null.</param>
/// <param name="clock">Says how long memory lies idle; the system's when null.</param>
public sealed class FramePool(Device? device = null, TimeProvider? clock = null) : IDisposable
{
    private const long Granularity = 64 * 1024;
    private static readonly TimeSpan IdleAtMost = TimeSpan.FromSeconds(10);
    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private readonly Lock gate = new();

    // In the order in which they came back.
    private readonly List<(HostBuffer Block, long Since)> idle = [];
    private int blocksOut;
    private bool disposed;

    /// <summary>The pool that readers use when they are given none.</summary>
    public static FramePool Shared { get; } = new();

    /// <summary>Pieces of memory that frames and decoders hold.</summary>
    internal int BlocksOut => Volatile.Read(ref blocksOut);

    /// <summary>Pieces of memory that wait to be used again.</summary>
    internal int BlocksIdle
    {
        get
        {
            lock (gate)
                return idle.Count;
        }
    }

    /// <summary>An empty frame, to be filled by <see cref="VideoReader.ReadAt"/> and to be disposed.</summary>
    public VideoFrame Rent() => new(this);

    /// <summary>Memory that nothing reads any more, neither a frame's owner nor a card.</summary>
    /// <exception cref="UserException">The machine has not that much memory left.</exception>
    internal HostBuffer RentBlock(long bytes)
    {
        long capacity = (bytes + Granularity - 1) / Granularity * Granularity;
        HostBuffer block = TakeIdle(capacity) ?? Allocate(capacity);
        block.AwaitUploads();
        Interlocked.Increment(ref blocksOut);
        return block;
    }

    /// <summary>On any thread, also after the pool was disposed.</summary>
    internal void Return(HostBuffer block)
    {
        Interlocked.Decrement(ref blocksOut);
        long now = clock.GetTimestamp();
        List<HostBuffer>? old = null;
        lock (gate)
        {
            if (disposed)
                old = [block];
            else
                idle.Add((block, now));
            while (idle.Count > 0 && clock.GetElapsedTime(idle[0].Since, now) > IdleAtMost)
            {
                (old ??= []).Add(idle[0].Block);
                idle.RemoveAt(0);
            }
        }
        old?.ForEach(entry => entry.Dispose());
    }

    /// <summary>Frees what lies in the pool; frames still out are freed when they come back.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            idle.ForEach(entry => entry.Block.Dispose());
            idle.Clear();
        }
    }

    /// <summary>The block of a size that was used last, whose bytes are likeliest in a cache; null where there is none.</summary>
    private HostBuffer? TakeIdle(long capacity)
    {
        lock (gate)
        {
            int index = idle.FindLastIndex(entry => entry.Block.Bytes == capacity);
            if (index < 0)
                return null;
            HostBuffer block = idle[index].Block;
            idle.RemoveAt(index);
            return block;
        }
    }

    private HostBuffer Allocate(long bytes) => device?.AllocateHost(bytes) ?? HostBuffer.Allocate(bytes);
}
