namespace DoRA.Kernels;

/// <summary>
/// Host memory that suits a device's uploads, 64-byte aligned: page-locked where the device is a card, so that copies run beside the
/// kernels, and plain memory on the CPU. Any thread may use it or give it back; a forgotten one is freed by its finalizer.
/// </summary>
/// <param name="pointer">The first byte.</param>
/// <param name="bytes">Its length.</param>
public abstract unsafe class HostBuffer(nint pointer, long bytes) : IDisposable
{
    ~HostBuffer() => Release();

    public long Bytes { get; } = bytes;

    /// <summary>Address of the first byte; zero once it is given back.</summary>
    public nint Pointer { get; private set; } = pointer;

    /// <summary>Plain memory of the process, as the CPU's kernels read it.</summary>
    /// <param name="bytes">At least 1.</param>
    /// <exception cref="UserException">The machine has not that much memory left.</exception>
    public static HostBuffer Allocate(long bytes)
    {
        try
        {
            return new AlignedHostBuffer(bytes);
        }
        catch (OutOfMemoryException exception)
        {
            throw new UserException(
                $"This machine has no memory left for {bytes / 1048576.0:F0} MiB of frames or views; lower data.batch, data.prefetch, data.workers or data.decodeHeight.",
                exception);
        }
    }

    /// <summary>Elements of the memory as a span.</summary>
    /// <param name="offset">Elements before the first.</param>
    /// <exception cref="ArgumentOutOfRangeException">They leave the memory.</exception>
    public Span<T> Elements<T>(long offset, int length) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((offset + length) * sizeof(T), Pointer == 0 ? 0 : Bytes, nameof(length));
        return new((T*)Pointer + offset, length);
    }

    /// <summary>Waits for the uploads from here; until then the memory may not be changed.</summary>
    public virtual void AwaitUploads() { }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back: called once, on any thread, perhaps after its device is gone.</summary>
    protected abstract void Free(nint pointer);

    private void Release()
    {
        nint held = Pointer;
        Pointer = 0;
        if (held != 0)
        {
            Free(held);
        }
    }
}
