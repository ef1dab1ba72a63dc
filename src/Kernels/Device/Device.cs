using System.Runtime.InteropServices;
using DoRA.Kernels.Primitives;

namespace DoRA.Kernels;

/// <summary>
/// Where memory lies and kernels run. Calls are queued in order; only <see cref="Download{T}"/> and
/// <see cref="Synchronize"/> wait for them. A device is used by one thread at a time.
/// </summary>
public abstract class Device : IDisposable
{
    /// <summary>A name a person knows the device by.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// True where kernels run on this machine's processor: what threads of the program have made in its memory need not be made on the device.
    /// </summary>
    public virtual bool IsHost => false;

    /// <summary>The type in which activations and their gradients are stored.</summary>
    public abstract ElementType ActivationType { get; }

    /// <summary>
    /// Bytes of activations that a training step had better hold at a time: few enough to leave memory for more, and many enough that going
    /// over the weights once for each share costs little.
    /// </summary>
    public long ActivationBudget { get; set; }

    /// <summary>Every operation, as this device computes it.</summary>
    public abstract KernelCatalogue Kernels { get; }

    /// <summary>Takes memory of undefined content, 64-byte aligned.</summary>
    /// <exception cref="UserException">The device has not that much memory left.</exception>
    public abstract DeviceBuffer Allocate(long bytes);

    /// <summary>Takes memory for <paramref name="length"/> elements of undefined content.</summary>
    public DeviceSpan Allocate(long length, ElementType type) =>
        new(Allocate(Math.Max(1, length) * type.Size()), 0, length, type);

    /// <summary>
    /// Takes host memory of undefined content that this device reads fastest when it is uploaded. Unlike the rest of a device, any thread
    /// may ask for it at any time.
    /// </summary>
    /// <param name="bytes">At least 1.</param>
    /// <exception cref="UserException">The machine has not that much memory left.</exception>
    public virtual HostBuffer AllocateHost(long bytes) => HostBuffer.Allocate(bytes);

    /// <summary>
    /// Takes float32 memory of undefined content for weights, of which products read <see cref="DeviceSpan.Operand"/>. The operands are
    /// the weights of this moment after every call of this class and every optimiser step.
    /// </summary>
    /// <exception cref="UserException">The device has not that much memory left.</exception>
    public virtual DeviceSpan AllocateWeights(long length) => Allocate(length, ElementType.Float32);

    /// <summary>
    /// Copies host memory to the device; the source may be reused when the call returns. Numbers of float32 become those of a bfloat16
    /// destination, rounded to the nearest.
    /// </summary>
    public void Upload<T>(DeviceSpan destination, ReadOnlySpan<T> source) where T : unmanaged
    {
        if (destination.Type == ElementType.BFloat16 && typeof(T) == typeof(float))
        {
            BFloat16[] rounded = new BFloat16[source.Length];
            BFloat16.Round(rounded, MemoryMarshal.Cast<T, float>(source));
            UploadBytes(destination, MemoryMarshal.AsBytes(rounded.AsSpan()));
            return;
        }

        UploadBytes(destination, MemoryMarshal.AsBytes(source));
    }

    /// <summary>A mark in this device's queue; the caller disposes of it.</summary>
    public virtual QueueMark CreateMark() => new();

    /// <summary>
    /// Copies host memory, byte by byte, to the device beside work queued since a mark, and before all that is queued next. The source must stay
    /// as it is until its <see cref="HostBuffer.AwaitUploads"/> returns.
    /// </summary>
    /// <param name="destination">Not weights; read or written by nothing that was queued after the mark.</param>
    /// <param name="source">From <see cref="AllocateHost"/>.</param>
    /// <param name="offset">Bytes of the source before the first.</param>
    /// <param name="after">From <see cref="CreateMark"/>.</param>
    public virtual void UploadBeside(DeviceSpan destination, HostBuffer source, long offset, QueueMark after) =>
        UploadBytes(destination, source.Elements<byte>(offset, checked((int)(destination.Length * destination.Type.Size()))));

    /// <summary>Copies device memory to the host, after all queued work. A bfloat16 source can be taken as float32.</summary>
    public void Download<T>(Span<T> destination, DeviceSpan source) where T : unmanaged
    {
        if (source.Type == ElementType.BFloat16 && typeof(T) == typeof(float))
        {
            BFloat16[] stored = new BFloat16[destination.Length];
            DownloadBytes(MemoryMarshal.AsBytes(stored.AsSpan()), source);
            BFloat16.Widen(MemoryMarshal.Cast<T, float>(destination), stored);
            return;
        }

        DownloadBytes(MemoryMarshal.AsBytes(destination), source);
    }

    /// <summary>Copies within the device; both spans have the same type and length and do not overlap.</summary>
    public abstract void Copy(DeviceSpan destination, DeviceSpan source);

    /// <summary>Sets every byte to zero.</summary>
    public abstract void Clear(DeviceSpan destination);

    /// <summary>Waits for all queued work.</summary>
    public abstract void Synchronize();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void UploadBytes(DeviceSpan destination, ReadOnlySpan<byte> source);

    protected abstract void DownloadBytes(Span<byte> destination, DeviceSpan source);

    protected abstract void Dispose(bool disposing);
}
