using System.Runtime.InteropServices;
using ILGPU;

namespace DoRA.Kernels;

/// <summary>
/// The engine of NVIDIA cards: hand-written kernels, compiled to PTX by ILGPU and launched through a driver. The driver is a
/// card's, or a machine that executes PTX: kernels and launch code are the same.
/// </summary>
public sealed class CudaDevice : Device
{
    /// <summary>Threads of a group where a kernel has no reason for another number.</summary>
    internal const int GroupSize = 256;

    private readonly Dictionary<string, DeviceSpan> _scratch = [];
    private readonly CudaKernel _copy, _clear;

    /// <param name="driver">Stays the caller's, who disposes of it after the device.</param>
    /// <param name="name">The card's name.</param>
    /// <param name="activationType">
    /// <see cref="ElementType.Float32"/>, to compare with other engines, or <see cref="ElementType.BFloat16"/>, for tensor cores and half
    /// the memory; sums, statistics, weights and their gradients are float32 in both.
    /// </param>
    public CudaDevice(IKernelDriver driver, string name, ElementType activationType = ElementType.Float32)
    {
        (Driver, Name, ActivationType) = (driver, name, activationType);
        (_copy, _clear) = (Kernel(CopyWords), Kernel(ClearWords));
        Kernels = new CudaCatalogue(this);
    }

    public override string Name { get; }

    public override KernelCatalogue Kernels { get; }

    public override ElementType ActivationType { get; }

    internal IKernelDriver Driver { get; }

    public override DeviceBuffer Allocate(long bytes) => new CudaBuffer(this, bytes);

    public override void Copy(DeviceSpan destination, DeviceSpan source)
    {
        int words = Words(destination);
        _copy.Launch(Groups(words), GroupSize, AsWords(destination), AsWords(source), words);
    }

    public override void Clear(DeviceSpan destination)
    {
        int words = Words(destination);
        _clear.Launch(Groups(words), GroupSize, AsWords(destination), words);
    }

    public override void Synchronize() => Driver.Synchronise();

    /// <summary>A kernel, compiled and loaded when it is first launched.</summary>
    internal CudaKernel Kernel(Delegate method) => new(Driver, method);

    /// <summary>Of a kernel that is generic in <see cref="Primitives.ICudaElement{T}"/>, the one for this device's activations.</summary>
    internal CudaKernel Kernel(Delegate float32, Delegate bfloat16) =>
        Kernel(ActivationType == ElementType.BFloat16 ? bfloat16 : float32);

    /// <summary>Groups of <see cref="GroupSize"/> threads for one thread an item.</summary>
    internal static int Groups(long items) => checked((int)((items + GroupSize - 1) / GroupSize));

    /// <summary>
    /// Float32 memory of undefined content for one kernel to leave something to the next of the same call; it grows as it is needed, and
    /// the next call overwrites it.
    /// </summary>
    internal DeviceSpan Scratch(long floats, string purpose = "")
    {
        if (!_scratch.TryGetValue(purpose, out DeviceSpan held) || held.Length < floats)
        {
            if (!held.IsEmpty)
            {
                Synchronize();
                held.Buffer.Dispose();
            }

            _scratch[purpose] = held = Allocate(floats, ElementType.Float32);
        }

        return held.Slice(0, floats);
    }

    /// <summary>A small table for one launch, as a kernel's view of it. The next table of the same purpose overwrites it.</summary>
    internal KernelArgument Table<T>(ReadOnlySpan<T> rows, string purpose) where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(rows);
        ulong address = Scratch((bytes.Length + 3) / 4, purpose).Address();
        Driver.CopyIn(address, bytes);
        return KernelArgument.View(address, rows.Length);
    }

    protected override void UploadBytes(DeviceSpan destination, ReadOnlySpan<byte> source) => Driver.CopyIn(destination.Address(), source);

    protected override void DownloadBytes(Span<byte> destination, DeviceSpan source)
    {
        Synchronize();
        Driver.CopyOut(source.Address(), destination);
    }

    protected override void Dispose(bool disposing)
    {
        foreach (DeviceSpan scratch in _scratch.Values)
        {
            scratch.Buffer.Dispose();
        }

        _scratch.Clear();
    }

    private static int Words(DeviceSpan span)
    {
        long bytes = span.Length * span.Type.Size();
        return bytes % 4 == 0 ? checked((int)(bytes / 4)) : throw new ArgumentException("Only whole 32-bit words are copied or cleared.");
    }

    private static KernelArgument AsWords(DeviceSpan span) => KernelArgument.View(span.Address(), Words(span));

    private static void CopyWords(ArrayView<int> destination, ArrayView<int> source, int words)
    {
        int i = Grid.GlobalIndex.X;
        if (i < words)
        {
            destination[i] = source[i];
        }
    }

    private static void ClearWords(ArrayView<int> destination, int words)
    {
        int i = Grid.GlobalIndex.X;
        if (i < words)
        {
            destination[i] = 0;
        }
    }
}
