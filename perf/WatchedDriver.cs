using DoRA.Kernels;
using DoRA.PtxMachine;

namespace DoRA.Perf;

/// <summary>The machine as a driver that can trace the first launch of every kernel of a name.</summary>
/// <param name="traced">A part of the kernels' names, or null.</param>
/// <param name="trace">Told of every instruction that warp 0 of group 0 executes in those launches.</param>
internal sealed class WatchedDriver(PtxMachine.Machine machine, string? traced, Action<string> trace) : IKernelDriver
{
    private readonly MachineOptions _options = machine.Options;
    private readonly HashSet<string> _seen = [];

    public Version ComputeCapability => machine.ComputeCapability;

    public int SharedBytesPerGroup => machine.SharedBytesPerGroup;

    public ulong Allocate(long bytes, string name) => machine.Allocate(bytes, name);

    public void Free(ulong address) => machine.Free(address);

    public void CopyIn(ulong address, ReadOnlySpan<byte> source) => machine.CopyIn(address, source);

    public void CopyOut(ulong address, Span<byte> destination) => machine.CopyOut(address, destination);

    public IDriverKernel LoadKernel(string ptx, string? name = null) => ((IKernelDriver)machine).LoadKernel(ptx, name);

    public void Launch(IDriverKernel kernel, Extents grid, Extents group, int dynamicSharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        bool traces = traced is not null && kernel.Name.Contains(traced, StringComparison.OrdinalIgnoreCase) && _seen.Add(kernel.Name);
        if (traces)
        {
            trace($"{kernel.Name}, warp 0 of group 0: line, active lanes, instruction");
        }

        machine.Options = traces ? _options with { Trace = trace } : _options;
        ((IKernelDriver)machine).Launch(kernel, grid, group, dynamicSharedBytes, arguments);
    }

    public void Synchronise() => machine.Synchronise();

    public void Dispose() => machine.Dispose();
}
