namespace DoRA.Kernels;

/// <summary>A block of a device's memory, 64-byte aligned, owned by whoever allocated it.</summary>
public abstract class DeviceBuffer(Device device, long bytes) : IDisposable
{
    public Device Device { get; } = device;

    public long Bytes { get; } = bytes;

    /// <summary>
    /// Of weights on a device whose activations are bfloat16: the same elements rounded, which products read. The device keeps it up
    /// whenever it uploads, copies or clears; a kernel that writes the weights writes it too.
    /// </summary>
    internal DeviceBuffer? Rounded { get; private protected init; }

    /// <summary>The whole block seen as elements of one type.</summary>
    public DeviceSpan AsSpan(ElementType type) => new(this, 0, Bytes / type.Size(), type);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
