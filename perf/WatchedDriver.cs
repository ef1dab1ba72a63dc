using DoRA.Kernels;
using DoRA.PtxMachine;

namespace DoRA.Perf;

/// <summary>The machine as a driver that also keeps each kernel's PTX and can trace the first launch of one kernel.</summary>
/// <param name="traced">A part of the kernel's name, or null.</param>
/// <param name="trace">Told of every instruction that warp 0 of group 0 executes in that launch.</param>
internal sealed class WatchedDriver(PtxMachine.Machine machine, string? traced, Action<string> trace) : IKernelDriver
{
    private readonly MachineOptions _options = machine.Options;
    private bool _isTraced;

    /// <summary>Text of each loaded kernel by its name.</summary>
    public SortedDictionary<string, string> Ptx { get; } = [];

    public int SharedBytesPerGroup => machine.SharedBytesPerGroup;

    public ulong Allocate(long bytes, string name) => machine.Allocate(bytes, name);

    public void Free(ulong address) => machine.Free(address);

    public void CopyIn(ulong address, ReadOnlySpan<byte> source) => machine.CopyIn(address, source);

    public void CopyOut(ulong address, Span<byte> destination) => machine.CopyOut(address, destination);

    public IDriverKernel LoadKernel(string ptx, string? name = null)
    {
        IDriverKernel kernel = ((IKernelDriver)machine).LoadKernel(ptx, name);
        Ptx[kernel.Name] = ptx;
        return kernel;
    }

    public void Launch(IDriverKernel kernel, Extents grid, Extents group, int dynamicSharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        bool traces = !_isTraced && traced is not null && kernel.Name.Contains(traced, StringComparison.OrdinalIgnoreCase);
        _isTraced |= traces;
        machine.Options = traces ? _options with { Trace = trace } : _options;
        ((IKernelDriver)machine).Launch(kernel, grid, group, dynamicSharedBytes, arguments);
    }

    public void Synchronise() => machine.Synchronise();

    public void Dispose() => machine.Dispose();
}
