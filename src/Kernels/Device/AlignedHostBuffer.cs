using System.Runtime.InteropServices;

namespace DoRA.Kernels;

/// <summary>Plain memory of the process.</summary>
internal sealed unsafe class AlignedHostBuffer : HostBuffer
{
    private const int Alignment = 64;

    public AlignedHostBuffer(long bytes) : base((nint)NativeMemory.AlignedAlloc((nuint)bytes, Alignment), bytes) => GC.AddMemoryPressure(bytes);

    protected override void Free(nint pointer)
    {
        NativeMemory.AlignedFree((void*)pointer);
        GC.RemoveMemoryPressure(Bytes);
    }
}
