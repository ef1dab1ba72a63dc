using DoRA.Kernels;

namespace DoRA.Pipeline.Doctor;

/// <summary>A check's memory on one device.</summary>
internal sealed class CheckMemory(Device device) : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];

    public KernelCatalogue Kernels => device.Kernels;

    public DeviceSpan Floats(float[] values) => Filled(device.Allocate(values.Length, ElementType.Float32), values);

    public DeviceSpan Activations(float[] values) => Filled(device.Allocate(values.Length, device.ActivationType), values);

    /// <summary>What products read of weights.</summary>
    public DeviceSpan Weights(float[] values) => Filled(device.AllocateWeights(values.Length), values).Operand;

    public DeviceSpan Integers(int[] values)
    {
        DeviceSpan span = Kept(device.Allocate(values.Length, ElementType.Int32));
        device.Upload<int>(span, values);
        return span;
    }

    public DeviceSpan Bytes(byte[] values)
    {
        DeviceSpan span = Kept(device.Allocate(values.Length, ElementType.Byte));
        device.Upload<byte>(span, values);
        return span;
    }

    public DeviceSpan EmptyFloats(long length) => Kept(device.Allocate(length, ElementType.Float32));

    public DeviceSpan EmptyActivations(long length) => Kept(device.Allocate(length, device.ActivationType));

    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    private DeviceSpan Filled(DeviceSpan span, float[] values)
    {
        device.Upload<float>(span, values);
        return Kept(span);
    }

    private DeviceSpan Kept(DeviceSpan span)
    {
        _buffers.Add(span.Buffer);
        return span;
    }
}
