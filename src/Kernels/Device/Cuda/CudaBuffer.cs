namespace DoRA.Kernels;

/// <summary>A card's global memory.</summary>
internal sealed class CudaBuffer : DeviceBuffer
{
    private readonly CudaDevice _device;
    private bool _freed;

    /// <param name="hasOperand">For weights that products read in bfloat16.</param>
    public CudaBuffer(CudaDevice device, long bytes, bool hasOperand = false) : base(device, bytes)
    {
        _device = device;
        Address = device.Driver.Allocate(bytes, "buffer");
        Rounded = hasOperand ? new CudaBuffer(device, bytes / 2) : null;
    }

    public ulong Address { get; }

    protected override void Dispose(bool disposing)
    {
        if (!_freed)
        {
            _freed = true;
            _device.Driver.Free(Address);
            Rounded?.Dispose();
        }
    }
}

/// <summary>How the CUDA engine reaches the memory behind a span.</summary>
internal static class CudaMemory
{
    public static ulong Address(this DeviceSpan span) => ((CudaBuffer)span.Buffer).Address + (ulong)span.ByteOffset;
}
