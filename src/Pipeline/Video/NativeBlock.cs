using System.Runtime.InteropServices;

namespace DoRA.Pipeline.Video;

/// <summary>Memory outside the garbage collector's heap, on a 64-byte boundary. A forgotten one is freed by its finalizer.</summary>
internal sealed unsafe class NativeBlock : IDisposable
{
    public NativeBlock(long capacity)
    {
        Capacity = capacity;
        Pointer = (nint)NativeMemory.AlignedAlloc((nuint)capacity, 64);
        GC.AddMemoryPressure(capacity);
    }

    ~NativeBlock() => Free();

    public long Capacity { get; }

    public nint Pointer { get; private set; }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (Pointer == 0)
            return;
        NativeMemory.AlignedFree((void*)Pointer);
        Pointer = 0;
        GC.RemoveMemoryPressure(Capacity);
    }
}
