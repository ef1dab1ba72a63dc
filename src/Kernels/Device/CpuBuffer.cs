using System.Runtime.InteropServices;

namespace DoRA.Kernels;

/// <summary>
/// 64-byte aligned native memory, outside the garbage collector's reach. It has no finalizer: kernels hold bare pointers, and a buffer
/// whose last reference is a kernel's argument must not vanish under the kernel.
/// </summary>
internal sealed unsafe class CpuBuffer : DeviceBuffer
{
    private readonly bool _isView;
    private byte* _pointer;

    public CpuBuffer(CpuDevice device, long bytes) : base(device, bytes)
    {
        try
        {
            _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        }
        catch (OutOfMemoryException exception)
        {
            throw new UserException(
                $"This machine has no memory left for {bytes / 1048576.0:F0} MiB more; lower data.batch, data.frames or head.outputs.", exception);
        }
    }

    /// <summary>A view of memory that somebody else owns.</summary>
    public CpuBuffer(CpuDevice device, HostBuffer memory) : base(device, memory.Bytes)
    {
        _pointer = (byte*)memory.Pointer;
        _isView = true;
    }

    public byte* Pointer => _pointer;

    protected override void Dispose(bool disposing)
    {
        if (!_isView)
        {
            NativeMemory.AlignedFree(_pointer);
        }

        _pointer = null;
    }
}
