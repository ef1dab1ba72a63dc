using DoRA.Kernels;
using DoRA.Pipeline.Doctor;

namespace DoRA.Perf.Fusion;

/// <summary>A CUDA device with memory for one case, and short ways to launch the chain's kernels.</summary>
internal sealed class FusionBench(CudaDevice device) : IDisposable
{
    private readonly Dictionary<System.Reflection.MethodInfo, CudaKernel> _loaded = [];

    public CheckMemory Memory { get; } = new(device);

    public CudaDevice Device => device;

    public KernelCatalogue Kernels => device.Kernels;

    public CudaKernel Kernel(Delegate method)
    {
        if (!_loaded.TryGetValue(method.Method, out CudaKernel? kernel))
        {
            _loaded[method.Method] = kernel = device.Kernel(method);
        }

        return kernel;
    }

    /// <summary>A thread an item, whose number is the last argument.</summary>
    public void Each(Delegate method, long items, params ReadOnlySpan<KernelArgument> arguments) =>
        Kernel(method).Launch(CudaDevice.Groups(items), CudaDevice.GroupSize, [.. arguments, (int)items]);

    /// <summary>A group a row.</summary>
    public void Rows(Delegate method, int rows, params ReadOnlySpan<KernelArgument> arguments) =>
        Kernel(method).Launch(rows, CudaDevice.GroupSize, arguments);

    public void Dispose() => Memory.Dispose();
}
