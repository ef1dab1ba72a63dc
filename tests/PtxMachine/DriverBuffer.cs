using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DoRA.PtxMachine;

/// <summary>Elements in a driver's global memory.</summary>
public sealed class DriverBuffer<T> : IDisposable
    where T : unmanaged
{
    private readonly IKernelDriver _driver;
    private bool _freed;

    /// <summary>Takes uninitialised memory for a number of elements.</summary>
    public DriverBuffer(IKernelDriver driver, int length, [CallerMemberName] string name = "")
    {
        (_driver, Length) = (driver, length);
        Address = _driver.Allocate((long)length * Unsafe.SizeOf<T>(), name);
    }

    /// <summary>Takes memory and copies elements into it.</summary>
    public DriverBuffer(IKernelDriver driver, ReadOnlySpan<T> elements, [CallerMemberName] string name = "")
        : this(driver, elements.Length, name) => CopyIn(elements);

    public ulong Address { get; }

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    /// <summary>The buffer as the ArrayView that a kernel takes.</summary>
    public KernelArgument View => KernelArgument.View(Address, Length);

    public static implicit operator KernelArgument(DriverBuffer<T> buffer) => buffer.View;

    public void CopyIn(ReadOnlySpan<T> elements) => _driver.CopyIn(Address, MemoryMarshal.AsBytes(elements));

    public T[] ToArray()
    {
        _driver.Synchronise();
        T[] elements = new T[Length];
        _driver.CopyOut(Address, MemoryMarshal.AsBytes(elements.AsSpan()));
        return elements;
    }

    /// <summary>The same memory as elements of another type.</summary>
    public KernelArgument ViewAs<TOther>()
        where TOther : unmanaged => KernelArgument.View(Address, (long)Length * Unsafe.SizeOf<T>() / Unsafe.SizeOf<TOther>());

    public void Dispose()
    {
        if (_freed) return;
        _freed = true;
        _driver.Free(Address);
    }
}
