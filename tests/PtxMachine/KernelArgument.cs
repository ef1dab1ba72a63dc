using System.Runtime.InteropServices;

namespace DoRA.PtxMachine;

/// <summary>The bytes of one kernel parameter, as ILGPU lays it out.</summary>
public readonly struct KernelArgument
{
    private readonly byte[] bytes;

    private KernelArgument(byte[] bytes) => this.bytes = bytes;

    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>A number, or a struct of numbers.</summary>
    public static KernelArgument Of<T>(T value)
        where T : unmanaged => new(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray());

    /// <summary>ILGPU's ArrayView: the address and the number of elements.</summary>
    public static KernelArgument View(ulong address, long length) => Of((address, length));

    /// <summary>ILGPU's ArrayView1D with dense stride: a view, its extent and an empty stride.</summary>
    public static KernelArgument View1D(ulong address, long length) => Of((address, length, length, 0L));

    /// <summary>ILGPU's ArrayView2D with stride DenseX: a view, its extents along x (contiguous) and y, and the stride of y.</summary>
    public static KernelArgument View2D(ulong address, long extentX, long extentY) => Of((address, extentX * extentY, extentX, extentY, extentX));

    public static implicit operator KernelArgument(int value) => Of(value);

    public static implicit operator KernelArgument(uint value) => Of(value);

    public static implicit operator KernelArgument(long value) => Of(value);

    public static implicit operator KernelArgument(ulong value) => Of(value);

    public static implicit operator KernelArgument(float value) => Of(value);

    public static implicit operator KernelArgument(double value) => Of(value);
}
