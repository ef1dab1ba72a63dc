namespace DoRA.Kernels;

/// <summary>What an engine needs of a CUDA driver: memory, modules, launches. A card's is <see cref="CudaDriver"/>; a machine that executes PTX is another.</summary>
public interface IKernelDriver : IDisposable
{
    /// <summary>What the card can do, for kernels that only some cards run: 9.0 is an H100's or H200's, 8.0 the least.</summary>
    Version ComputeCapability { get; }

    /// <summary>The most shared memory, static and dynamic together, that a group may have: 227 KB on an H100, 163 on an A100, 99 on a GeForce.</summary>
    int SharedBytesPerGroup { get; }

    /// <summary>Takes uninitialised global memory and returns its address. The name appears in findings.</summary>
    ulong Allocate(long bytes, string name);

    /// <summary>Gives memory back.</summary>
    void Free(ulong address);

    /// <summary>Copies host bytes, which the caller may change at once, to global memory, in the order of the launches.</summary>
    void CopyIn(ulong address, ReadOnlySpan<byte> source);

    /// <summary>True where <see cref="CopyInBeside"/> runs beside kernels.</summary>
    bool OverlapsUploads => false;

    /// <summary>Takes host memory for <see cref="CopyInBeside"/>; any thread may.</summary>
    HostBuffer AllocateHost(long bytes) => HostBuffer.Allocate(bytes);

    /// <summary>Makes a mark in the order of copies and launches.</summary>
    QueueMark CreateMark() => new();

    /// <summary>
    /// Copies host memory, which must stay as it is until <see cref="HostBuffer.AwaitUploads"/>, to global memory: after the mark, beside what was queued
    /// since, and before what is queued next.
    /// </summary>
    /// <param name="offset">Bytes before the first.</param>
    /// <param name="after">Set behind all work that uses the destination; one of <see cref="CreateMark"/>.</param>
    void CopyInBeside(ulong address, HostBuffer source, long offset, long bytes, QueueMark after) =>
        CopyIn(address, source.Elements<byte>(offset, checked((int)bytes)));

    /// <summary>Copies global memory to host bytes.</summary>
    void CopyOut(ulong address, Span<byte> destination);

    /// <summary>Loads a module and returns its kernel of this name, or its only kernel.</summary>
    IDriverKernel LoadKernel(string ptx, string? name = null);

    /// <summary>Runs a kernel, possibly later: <see cref="Synchronise"/> waits.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="grid">Groups.</param>
    /// <param name="group">Threads of a group.</param>
    /// <param name="dynamicSharedBytes">Dynamic shared memory of a group, up to <see cref="SharedBytesPerGroup"/> less what is static.</param>
    /// <param name="arguments">One for each parameter, in order.</param>
    void Launch(IDriverKernel kernel, Extents grid, Extents group, int dynamicSharedBytes, params ReadOnlySpan<KernelArgument> arguments);

    /// <summary>Waits until all launches have ended.</summary>
    void Synchronise();
}

/// <summary>A loaded kernel.</summary>
public interface IDriverKernel
{
    string Name { get; }
}
