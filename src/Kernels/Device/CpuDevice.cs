namespace DoRA.Kernels;

/// <summary>
/// The engine of any machine: hand-written SIMD on all cores, float32 throughout. Calls are done when they return.
/// </summary>
public sealed unsafe class CpuDevice : Device
{
    /// <param name="threads">Threads to use; 0 takes one per processor.</param>
    /// <exception cref="UserException">The number is negative.</exception>
    public CpuDevice(int threads = 0)
    {
        if (threads < 0)
        {
            throw new UserException($"run.threads is {threads}; give 0 for one thread per processor, or how many to use.");
        }

        Threads = new CpuThreads(threads == 0 ? Environment.ProcessorCount : threads);
        Kernels = new CpuCatalogue(Threads);

        // Of ViT-S about 1,400 tokens, against whose work the head's weights are a few percent.
        ActivationBudget = 384L << 20;
    }

    public CpuThreads Threads { get; }

    public override bool IsHost => true;

    public override string Name => $"CPU, {Threads.Count} threads";

    public override ElementType ActivationType => ElementType.Float32;

    public override KernelCatalogue Kernels { get; }

    public override DeviceBuffer Allocate(long bytes) => new CpuBuffer(this, bytes);

    /// <summary>Host memory as a buffer of this device, so that kernels read it where it lies; the memory must outlive the buffer.</summary>
    public DeviceBuffer View(HostBuffer memory) => new CpuBuffer(this, memory);

    public override void Copy(DeviceSpan destination, DeviceSpan source) =>
        Buffer.MemoryCopy(source.Bytes(), destination.Bytes(), ByteCount(destination), ByteCount(source));

    public override void Clear(DeviceSpan destination) =>
        System.Runtime.InteropServices.NativeMemory.Clear(destination.Bytes(), (nuint)ByteCount(destination));

    public override void Synchronize() { }

    protected override void UploadBytes(DeviceSpan destination, ReadOnlySpan<byte> source)
    {
        fixed (byte* pointer = source)
        {
            Buffer.MemoryCopy(pointer, destination.Bytes(), ByteCount(destination), source.Length);
        }
    }

    protected override void DownloadBytes(Span<byte> destination, DeviceSpan source)
    {
        fixed (byte* pointer = destination)
        {
            Buffer.MemoryCopy(source.Bytes(), pointer, destination.Length, ByteCount(source));
        }
    }

    protected override void Dispose(bool disposing) => Threads.Dispose();

    private static long ByteCount(DeviceSpan span) => span.Length * span.Type.Size();
}
