using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DoRA.Kernels;

/// <summary>The bytes of one kernel parameter, as ILGPU lays it out.</summary>
public readonly struct KernelArgument
{
    private readonly Storage _bytes;
    private readonly int _length;

    internal KernelArgument(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes);
        _length = bytes.Length;
    }

    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => ((ReadOnlySpan<byte>)_bytes)[.._length];

    /// <summary>A number, or a struct of numbers of at most 64 bytes.</summary>
    public static KernelArgument Of<T>(T value)
        where T : unmanaged => new(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>ILGPU's ArrayView: the address and the number of elements.</summary>
    public static KernelArgument View(ulong address, long length) => Of((address, length));

    /// <summary>ILGPU's ArrayView1D with dense stride: a view, its extent and an empty stride.</summary>
    public static KernelArgument View1D(ulong address, long length) => Of((address, length, length, 0L));

    /// <summary>ILGPU's ArrayView2D with stride DenseX: a view, its extents along x (contiguous) and y, and the stride of y.</summary>
    public static KernelArgument View2D(ulong address, long extentX, long extentY) => Of((address, extentX * extentY, extentX, extentY, extentX));

    /// <summary>The elements as an ArrayView; an absent span is one of length 0.</summary>
    public static implicit operator KernelArgument(DeviceSpan span) => View(span.IsEmpty ? 0 : span.Address(), span.Length);

    public static implicit operator KernelArgument(bool value) => Of(value ? 1 : 0);

    public static implicit operator KernelArgument(int value) => Of(value);

    public static implicit operator KernelArgument(uint value) => Of(value);

    public static implicit operator KernelArgument(long value) => Of(value);

    public static implicit operator KernelArgument(ulong value) => Of(value);

    public static implicit operator KernelArgument(float value) => Of(value);

    public static implicit operator KernelArgument(double value) => Of(value);

    [InlineArray(64)]
    private struct Storage
    {
        private byte _first;
    }
}
