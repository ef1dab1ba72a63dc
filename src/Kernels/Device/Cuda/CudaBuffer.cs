namespace DoRA.Kernels;

/// <summary>A card's global memory.</summary>
internal sealed class CudaBuffer(CudaDevice device, long bytes) : DeviceBuffer(device, bytes)
{
    private bool _freed;

    public ulong Address { get; } = device.Driver.Allocate(bytes, "buffer");

    protected override void Dispose(bool disposing)
    {
        if (!_freed)
        {
            _freed = true;
            device.Driver.Free(Address);
        }
    }
}

/// <summary>How the CUDA engine reaches the memory behind a span.</summary>
internal static class CudaMemory
{
    public static ulong Address(this DeviceSpan span) => ((CudaBuffer)span.Buffer).Address + (ulong)span.ByteOffset;
}
