using DoRA.Kernels;

namespace DoRA.PtxMachine.Counting;

/// <summary>A driver that takes kernels and copies, does nothing and counts: what remains of a training is the host's own work.</summary>
public sealed class CountingDriver : IKernelDriver
{
    // Where memory of a card might lie, with the alignment that a driver gives.
    private ulong _end = 1UL << 40;

    public Version ComputeCapability { get; } = new(9, 0);

    public int SharedBytesPerGroup => 227 * 1024;

    public long Launches { get; private set; }

    /// <summary>Copies to the card in the order of the launches.</summary>
    public long Copies { get; private set; }

    public long CopiedBytes { get; private set; }

    /// <summary>Bytes that were copied beside the launches.</summary>
    public long BesideBytes { get; private set; }

    public ulong Allocate(long bytes, string name)
    {
        ulong address = _end;
        _end += ((ulong)bytes + 511) / 512 * 512;
        return address;
    }

    public void Free(ulong address) { }

    public void CopyIn(ulong address, ReadOnlySpan<byte> source)
    {
        Copies++;
        CopiedBytes += source.Length;
    }

    public void CopyInBeside(ulong address, HostBuffer source, long offset, long bytes, QueueMark after) => BesideBytes += bytes;

    public void CopyOut(ulong address, Span<byte> destination) => destination.Clear();

    public IDriverKernel LoadKernel(string ptx, string? name = null) => new Loaded(name ?? "");

    public void Launch(IDriverKernel kernel, Extents grid, Extents group, int dynamicSharedBytes, params ReadOnlySpan<KernelArgument> arguments) =>
        Launches++;

    public void Synchronise() { }

    public void Dispose() { }

    private sealed record Loaded(string Name) : IDriverKernel;
}
