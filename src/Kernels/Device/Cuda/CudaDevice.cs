using System.Runtime.InteropServices;
using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
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
    private readonly List<CudaKernel> _allKernels = [];
    private readonly Movers _copy, _clear;
    private readonly CudaKernel _round;
    private CudaDriver? _ownDriver;

    /// <param name="driver">Stays the caller's, who disposes of it after the device.</param>
    /// <param name="name">The card's name.</param>
    /// <param name="activationType">
    /// <see cref="ElementType.Float32"/>, to compare with other engines, or <see cref="ElementType.BFloat16"/>, for tensor cores and half
    /// the memory; sums, statistics, weights and their gradients are float32 in both.
    /// </param>
    public CudaDevice(IKernelDriver driver, string name, ElementType activationType = ElementType.Float32)
    {
        (Driver, Name, ActivationType) = (driver, name, activationType);
        _copy = new(Kernel(CopyUnits<Quad>), Kernel(CopyUnits<int>), Kernel(CopyUnits<BFloat16>));
        _clear = new(Kernel(ClearUnits<Quad>), Kernel(ClearUnits<int>), Kernel(ClearUnits<BFloat16>));
        _round = Kernel(RoundEach);
        Kernels = new CudaCatalogue(this);

        // Tens of thousands of tokens, which fill every multiprocessor many times over.
        ActivationBudget = 8L << 30;
    }

    /// <summary>Opens a card, with a driver of the device's own.</summary>
    /// <param name="card">Which of the machine's cards, from 0.</param>
    /// <exception cref="NoCardException">There is no driver, or it is too old, or there is no such card, or it is too old.</exception>
    public static CudaDevice Open(int card, ElementType activationType)
    {
        CudaDriver driver = new(card);
        return new(driver, $"{driver.Card.Name}, {(activationType == ElementType.BFloat16 ? "bf16" : "fp32")}", activationType) { _ownDriver = driver };
    }

    /// <summary>The card, where <see cref="Open"/> opened it.</summary>
    public CudaCard? Card => _ownDriver?.Card;

    public override string Name { get; }

    public override KernelCatalogue Kernels { get; }

    public override ElementType ActivationType { get; }

    internal IKernelDriver Driver { get; }

    /// <summary>Whether the card has wgmma: 9.0 alone, its successors have other instructions in its place.</summary>
    internal bool HasWarpgroupProducts => Driver.ComputeCapability == new Version(9, 0);

    /// <summary>Every kernel that an operation of this device may launch.</summary>
    internal IReadOnlyList<CudaKernel> AllKernels => _allKernels;

    public override DeviceBuffer Allocate(long bytes) => new CudaBuffer(this, bytes);

    public override HostBuffer AllocateHost(long bytes) => Driver.AllocateHost(bytes);

    public override bool OverlapsUploads => Driver.OverlapsUploads;

    public override QueueMark CreateMark() => Driver.CreateMark();

    public override void UploadBeside(DeviceSpan destination, HostBuffer source, long first, QueueMark after) => Driver.CopyInBeside(
        destination.Address(), source, first * sizeof(float), destination.Length * sizeof(float), after);

    public override DeviceSpan AllocateWeights(long length) => ActivationType == ElementType.BFloat16
        ? new(new CudaBuffer(this, length * sizeof(float), hasOperand: true), 0, length, ElementType.Float32)
        : base.AllocateWeights(length);

    public override void Copy(DeviceSpan destination, DeviceSpan source)
    {
        int unit = Unit(destination, source), units = Units(destination, unit);
        _copy.For(unit).Launch(Groups(units), GroupSize, As(destination, unit), As(source, unit), units);
        RoundOperand(destination);
    }

    public override void Clear(DeviceSpan destination)
    {
        int unit = Unit(destination), units = Units(destination, unit);
        _clear.For(unit).Launch(Groups(units), GroupSize, As(destination, unit), units);
        RoundOperand(destination);
    }

    public override void Synchronize() => Driver.Synchronise();

    /// <summary>A kernel, compiled and loaded when it is first launched.</summary>
    internal CudaKernel Kernel(Delegate method)
    {
        CudaKernel kernel = new(Driver, method);
        _allKernels.Add(kernel);
        return kernel;
    }

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

    protected override void UploadBytes(DeviceSpan destination, ReadOnlySpan<byte> source)
    {
        Driver.CopyIn(destination.Address(), source);
        RoundOperand(destination);
    }

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
        _ownDriver?.Dispose();
    }

    /// <summary>Brings the operand up to the weights, where these have one.</summary>
    private void RoundOperand(DeviceSpan weights)
    {
        DeviceSpan operand = weights.Operand;
        if (operand.Type != weights.Type)
        {
            int length = checked((int)weights.Length);
            _round.Launch(Groups(length), GroupSize, operand, weights, length);
        }
    }

    /// <summary>The largest unit in which all of this memory can be moved: 16 bytes, a word or a bfloat16.</summary>
    private static int Unit(params ReadOnlySpan<DeviceSpan> spans)
    {
        ulong bits = 0;
        foreach (DeviceSpan span in spans)
        {
            bits |= span.Address() | (ulong)(span.Length * span.Type.Size());
        }

        return bits % 16 == 0 ? 16 : bits % 4 == 0 ? 4 : bits % 2 == 0 ? 2
            : throw new ArgumentException("Single bytes are neither copied nor cleared.");
    }

    private static int Units(DeviceSpan span, int unit) => checked((int)(span.Length * span.Type.Size() / unit));

    private static KernelArgument As(DeviceSpan span, int unit) => KernelArgument.View(span.Address(), Units(span, unit));

    private static void CopyUnits<T>(ArrayView<T> destination, ArrayView<T> source, int units) where T : unmanaged
    {
        int i = Grid.GlobalIndex.X;
        if (i < units)
        {
            destination[i] = source[i];
        }
    }

    private static void ClearUnits<T>(ArrayView<T> destination, int units) where T : unmanaged
    {
        int i = Grid.GlobalIndex.X;
        if (i < units)
        {
            destination[i] = default;
        }
    }

    private static void RoundEach(ArrayView<BFloat16> operand, ArrayView<float> weights, int length)
    {
        int i = Grid.GlobalIndex.X;
        if (i < length)
        {
            operand[i] = default(BFloat16).Of(weights[i]);
        }
    }

    /// <summary>A kernel that moves memory, for each unit.</summary>
    private sealed record Movers(CudaKernel Wide, CudaKernel Words, CudaKernel Elements)
    {
        public CudaKernel For(int unit) => unit == 16 ? Wide : unit == 4 ? Words : Elements;
    }
}
