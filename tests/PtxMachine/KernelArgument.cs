using System.Runtime.CompilerServices;
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
    public static KernelArgument View(ulong address, long length)
    {
        byte[] bytes = new byte[16];
        Unsafe.WriteUnaligned(ref bytes[0], address);
        Unsafe.WriteUnaligned(ref bytes[8], length);
        return new KernelArgument(bytes);
    }

    public static implicit operator KernelArgument(int value) => Of(value);

    public static implicit operator KernelArgument(uint value) => Of(value);

    public static implicit operator KernelArgument(long value) => Of(value);

    public static implicit operator KernelArgument(ulong value) => Of(value);

    public static implicit operator KernelArgument(float value) => Of(value);

    public static implicit operator KernelArgument(double value) => Of(value);
}
