using DoRA.PtxMachine;

namespace DoRA.Kernels.Tests;

/// <summary>
/// A device and the memory that a test takes of it, given back together. Outputs start as NaN, so an element that a kernel
/// forgets to write fails its comparison.
/// </summary>
internal sealed class TestMemory : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];
    private readonly Machine? _machine;

    /// <summary>Memory of the CPU engine.</summary>
    public TestMemory(int threads = 0) => Device = new CpuDevice(threads);

    private TestMemory(Machine machine)
    {
        _machine = machine;
        Device = new CudaDevice(machine, "PTX machine");
    }

    public Device Device { get; }

    /// <summary>Memory of the CUDA engine in float32, on the machine that executes PTX.</summary>
    public static TestMemory OnMachine() => new(new Machine());

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
        _machine?.Dispose();
    }

    private DeviceSpan Take(long length, ElementType type)
    {
        DeviceSpan span = Device.Allocate(length, type);
        _buffers.Add(span.Buffer);
        return span;
    }
}
