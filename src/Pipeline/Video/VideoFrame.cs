using DoRA.Kernels;
using DoRA.Kernels.Augment;
using FFmpeg.AutoGen;

namespace DoRA.Pipeline.Video;

/// <summary>
/// One decoded picture: planes as <see cref="FrameFormat"/> lays them out, in native memory of a pool, which a decoder may still read for the pictures
/// that follow. Disposing gives the memory back; the pointer and the span are dead then. Not for two threads at once.
/// </summary>
public sealed unsafe class VideoFrame : IDisposable
{
    private readonly FramePool? pool;
    private HostBuffer? block;

    // Where a decoder put the picture there itself.
    private BufferReference? decoded;

    internal VideoFrame(FramePool pool) => this.pool = pool;

    /// <summary>A view of memory that somebody else owns.</summary>
    /// <param name="offset">Bytes of the memory before the frame's first, a multiple of 64.</param>
    internal VideoFrame(HostBuffer block, long offset, FrameFormat format, double seconds)
    {
        this.block = block;
        MemoryOffset = offset;
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

    /// <summary>Address of the first byte, on a 64-byte boundary; zero while the frame is empty. Planes lie from there as the format's layout says.</summary>
    public nint Pointer => block is null ? 0 : block.Pointer + (nint)MemoryOffset;

    /// <summary>All three planes, <see cref="FrameFormat.Bytes"/> long, with what lies between their rows.</summary>
    public ReadOnlySpan<byte> Bytes => new((void*)Pointer, Pointer == 0 ? 0 : checked((int)Format.Bytes));

    /// <summary>The samples of a plane's row.</summary>
    /// <param name="plane">0, 1 or 2: Y, U or V.</param>
    /// <exception cref="ArgumentOutOfRangeException">The frame has no such row.</exception>
    public ReadOnlySpan<byte> Row(int plane, int row)
    {
        FramePlane samples = Format.Plane(plane);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)samples.Rows, nameof(row));
        return Bytes.Slice(checked((int)(samples.Offset + ((long)row * samples.Stride))), samples.RowBytes);
    }

    /// <summary>Where <see cref="Bytes"/> lie.</summary>
    internal HostBuffer Memory => block ?? throw new ObjectDisposedException(nameof(VideoFrame));

    /// <summary>Bytes of <see cref="Memory"/> before the frame's first.</summary>
    internal long MemoryOffset { get; }

    public void Dispose()
    {
        if (decoded is not null)
            decoded.Dispose();
        else if (pool is not null && block is not null)
            pool.Return(block);
        (block, decoded) = (null, null);
    }

    /// <summary>Shows a decoder's picture where it lies, if that is memory of this frame's pool.</summary>
    /// <param name="picture">Planar YUV or gray.</param>
    /// <param name="format">Its size and samples.</param>
    /// <returns>False where it must be copied.</returns>
    internal bool TryShow(AVFrame* picture, FrameFormat format, double seconds)
    {
        if (DecodedBlock.Of(picture) is not { } held || held.Pool != pool || held.Lay(picture, format) is not { } laid)
            return false;
        BufferReference reference = new(picture->buf[0]);
        if (reference.IsInvalid)
            return false;
        Dispose();
        (block, decoded) = (held.Memory, reference);
        Begin(laid, seconds);
        return true;
    }

    /// <summary>Makes room for a picture, packed, and returns where its luma plane goes.</summary>
    internal byte* Prepare(FrameFormat format, double seconds)
    {
        if (pool is null)
            throw new InvalidOperationException("this frame is a view of a store's memory and cannot be written");
        if (block is null || decoded is not null || block.Bytes < format.Bytes)
        {
            Dispose();
            block = pool.RentBlock(format.Bytes);
        }
        Begin(format, seconds);
        return (byte*)block.Pointer;
    }

    private void Begin(FrameFormat format, double seconds)
    {
        Format = format;
        Seconds = seconds;
        IsDamaged = false;
    }
}
