using DoRA.Kernels;
using DoRA.Kernels.Augment;

namespace DoRA.Pipeline.Video;

/// <summary>
/// One decoded picture: planes as <see cref="FrameFormat"/> lays them out, in native memory of a pool. Disposing gives
/// the memory back; the pointer and the span are dead then. Not for two threads at once.
/// </summary>
public sealed unsafe class VideoFrame : IDisposable
{
    private readonly FramePool? pool;
    private HostBuffer? block;

    internal VideoFrame(FramePool pool) => this.pool = pool;

    /// <summary>A view of memory that somebody else owns.</summary>
    internal VideoFrame(HostBuffer block, FrameFormat format, double seconds)
    {
        this.block = block;
        Format = format;
        Seconds = seconds;
    }

    /// <summary>Size and layout; the default value while the frame is empty.</summary>
    public FrameFormat Format { get; private set; }

    /// <summary>When the frame begins to be shown, counted from the video's first frame.</summary>
    public double Seconds { get; private set; }

    /// <summary>
    /// Whether the video is damaged at the time that was asked for: the picture then is the last good one before. False for frames read in order,
    /// among which damaged ones do not occur.
    /// </summary>
    public bool IsDamaged { get; internal set; }

    /// <summary>Address of the luma plane, on a 64-byte boundary; zero while the frame is empty.</summary>
    public nint Pointer => block?.Pointer ?? 0;

    /// <summary>All three planes, <see cref="FrameFormat.Bytes"/> long.</summary>
    public Span<byte> Bytes => new((void*)Pointer, Pointer == 0 ? 0 : checked((int)Format.Bytes));

    /// <summary>Where <see cref="Bytes"/> lie, from its first byte on.</summary>
    internal HostBuffer Memory => block ?? throw new ObjectDisposedException(nameof(VideoFrame));

    public void Dispose()
    {
        if (pool is not null && block is not null)
            pool.Return(block);
        block = null;
    }

    /// <summary>Makes room for a picture and returns where its luma plane goes.</summary>
    internal byte* Prepare(FrameFormat format, double seconds)
    {
        if (pool is null)
            throw new InvalidOperationException("this frame is a view of a store's memory and cannot be written");
        if (block is null || block.Bytes < format.Bytes)
        {
            Dispose();
            block = pool.RentBlock(format.Bytes);
        }
        Format = format;
        Seconds = seconds;
        IsDamaged = false;
        return (byte*)block.Pointer;
    }

    /// <summary>Another handle on the same memory; it is valid as long as this frame keeps it.</summary>
    internal VideoFrame View() => new(Memory, Format, Seconds);
}
