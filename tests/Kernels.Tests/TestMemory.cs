using DoRA.Kernels;

namespace DoRA.Kernels.Tests;

/// <summary>
/// A device and the memory that a test takes of it, given back together. Outputs start as NaN, so an element that a kernel
/// forgets to write fails its comparison.
/// </summary>
internal sealed class TestMemory(int threads = 0) : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];

    public CpuDevice Device { get; } = new(threads);

    public KernelCatalogue Kernels => Device.Kernels;

    public DeviceSpan Upload(ReadOnlySpan<float> values)
    {
        DeviceSpan span = Take(values.Length, ElementType.Float32);
        Device.Upload(span, values);
        return span;
    }

    public DeviceSpan Upload(ReadOnlySpan<int> values)
    {
        DeviceSpan span = Take(values.Length, ElementType.Int32);
        Device.Upload(span, values);
        return span;
    }

    public DeviceSpan Output(long length)
    {
        float[] unwritten = new float[length];
        Array.Fill(unwritten, float.NaN);
        return Upload(unwritten);
    }

    public float[] Download(DeviceSpan span)
    {
        float[] values = new float[span.Length];
        Device.Download<float>(values, span);
        return values;
    }

    public void Dispose()
    {
        _buffers.ForEach(buffer => buffer.Dispose());
        Device.Dispose();
    }

    private DeviceSpan Take(long length, ElementType type)
    {
        DeviceSpan span = Device.Allocate(length, type);
        _buffers.Add(span.Buffer);
        return span;
    }
}
