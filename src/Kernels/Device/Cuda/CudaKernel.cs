using System.Collections.Concurrent;
using System.Reflection;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime.Cuda;

namespace DoRA.Kernels;

/// <summary>
/// A kernel of the engine, to be launched. Its PTX is compiled at the first use in this process, without a driver, and loaded at the
/// first launch on this device.
/// </summary>
internal sealed class CudaKernel(IKernelDriver driver, Delegate method)
{
    /// <summary>
    /// Static and dynamic shared memory that every card gives a group without asking. More is to be had as dynamic memory, up to
    /// <see cref="IKernelDriver.SharedBytesPerGroup"/>, at the price of fewer groups side by side.
    /// </summary>
    public const int SharedBytes = 48 * 1024;

    private static readonly Lazy<PtxCompiler> Compiler = new(() => new(
        builder =>
        {
            builder.EnableAlgorithms();
            PtxCompiler.RegisterIntrinsics(builder, typeof(TensorCoreIntrinsics));
            PtxCompiler.RegisterIntrinsics(builder, typeof(WarpgroupIntrinsics));
        },
        CudaArchitecture.SM_80));

    private static readonly ConcurrentDictionary<MethodInfo, CompiledKernel> Compiled = new();

    private IDriverKernel? _loaded;

    /// <summary>The kernel's method, by type and name.</summary>
    public string Name => $"{method.Method.DeclaringType!.Name}.{method.Method.Name}";

    /// <summary>Compiles the kernel, or gives the text that was compiled before.</summary>
    public CompiledKernel Compile() => Compiled.GetOrAdd(method.Method, missing =>
    {
        lock (Compiler)
        {
            return Compiler.Value.Compile(missing);
        }
    });

    /// <summary>Runs the kernel on <paramref name="grid"/> groups of <paramref name="group"/> threads; nothing where the grid is
    /// empty.</summary>
    public void Launch(Extents grid, Extents group, params ReadOnlySpan<KernelArgument> arguments) =>
        LaunchShared(grid, group, 0, arguments);

    /// <summary>The same with <paramref name="dynamicSharedBytes"/> of dynamic shared memory a group.</summary>
    public void LaunchShared(Extents grid, Extents group, int dynamicSharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (grid.Count == 0)
        {
            return;
        }

        if (_loaded is null)
        {
            CompiledKernel compiled = Compile();
            _loaded = driver.LoadKernel(compiled.Ptx, compiled.Name);
        }

        driver.Launch(_loaded, grid, group, dynamicSharedBytes, arguments);
    }
}
