using System.Runtime.InteropServices;

namespace DoRA.Kernels;

/// <summary>An operation's own working memory, kept from call to call and grown when a call needs more. 64-byte aligned.</summary>
internal sealed unsafe class CpuScratch
{
    private void* _pointer;
    private long _bytes;

    ~CpuScratch() => NativeMemory.AlignedFree(_pointer);

    /// <summary>Memory for <paramref name="length"/> values of undefined content, good until the next call.</summary>
    public T* Take<T>(long length) where T : unmanaged
    {
        long bytes = length * sizeof(T);
        if (bytes > _bytes)
        {
            NativeMemory.AlignedFree(_pointer);
            _pointer = null;
            _bytes = 0;
            _pointer = NativeMemory.AlignedAlloc((nuint)bytes, 64);
            _bytes = bytes;
        }

        return (T*)_pointer;
    }
}
