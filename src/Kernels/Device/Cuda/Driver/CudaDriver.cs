using System.Text.RegularExpressions;

namespace DoRA.Kernels;

/// <summary>
/// A card's driver. Kernels and copies are queued in one stream, in order; uploads from page-locked memory have a second one, and events
/// between the two. Neither knows the legacy stream.
/// </summary>
public sealed unsafe partial class CudaDriver : IKernelDriver
{
    private readonly ICudaApi _api;
    private readonly CudaContext _context;
    private readonly nint _stream, _uploads;
    private readonly StagingRing _staging = null!;
    private readonly List<nint> _modules = [];
    private bool _isDisposed;

    /// <param name="card">Which of the machine's cards, from 0.</param>
    /// <exception cref="NoCardException">There is no driver, or it is too old, or there is no such card, or it is too old.</exception>
    public CudaDriver(int card = 0) : this(NativeCudaApi.TryLoad() ?? throw new NoCardException(
        $"No NVIDIA driver is installed ({NativeCudaApi.FileName} was not found)", "install it"), card) { }

    internal CudaDriver(ICudaApi api, int card = 0)
    {
        _api = api;
        _context = new(api, card);
        try
        {
            _context.Bind();
            Check(api.CreateStream(out _stream), "making a stream");
            Check(api.CreateStream(out _uploads), "making a stream");
            _staging = new(_context, _stream);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public CudaCard Card => _context.Card;

    public Version ComputeCapability => Card.Capability;

    public int SharedBytesPerGroup => Card.SharedBytesPerGroup;

    public bool OverlapsUploads => true;

    /// <summary>Memory of the card that nobody has taken.</summary>
    public long FreeBytes
    {
        get
        {
            _context.Bind();
            Check(_api.FreeMemory(out long free), "asking for free memory");
            return free;
        }
    }

    /// <exception cref="UserException">The card has not that much memory left.</exception>
    public ulong Allocate(long bytes, string name)
    {
        _context.Bind();
        CudaResult result = _api.Allocate(bytes, out ulong address);
        if (result == CudaResult.OutOfMemory)
        {
            throw new UserException($"{Card.Name} has no memory left for {bytes / 1048576.0:F0} MiB more ({FreeBytes / 1048576.0:F0} of "
                + $"{Card.MemoryBytes / 1048576.0:F0} MiB are free); lower data.batch, data.frames or head.outputs.");
        }

        Check(result, "taking memory");
        return address;
    }

    public void Free(ulong address)
    {
        // After a kernel's fault the memory is gone with the context, and what is thrown should stay that fault.
        if (!_context.IsLost)
        {
            _context.Bind();
            Check(_api.Free(address), "giving memory back");
        }
    }

    public void CopyIn(ulong address, ReadOnlySpan<byte> source)
    {
        _context.Bind();
        _staging.CopyIn(address, source);
    }

    public void CopyOut(ulong address, Span<byte> destination)
    {
        _context.Bind();
        fixed (byte* pointer = destination)
        {
            Check(_api.CopyOut((nint)pointer, address, destination.Length, _stream), "copying from the card");
            Synchronise();
        }
    }

    public HostBuffer AllocateHost(long bytes) => new CudaHostBuffer(_context, bytes);

    public QueueMark CreateMark() => new CudaMark(_context, _stream);

    public void CopyInBeside(ulong address, HostBuffer source, long offset, long bytes, QueueMark after)
    {
        CudaHostBuffer locked = (CudaHostBuffer)source;
        _context.Bind();
        Check(_api.WaitForEvent(_uploads, ((CudaMark)after).Handle), "waiting for kernels before an upload");
        Check(_api.WaitForEvent(_stream, locked.CopyTo(address, offset, bytes, _uploads).Handle), "waiting for an upload before kernels");
    }

    public IDriverKernel LoadKernel(string ptx, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        _context.Bind();
        CudaResult result = _api.LoadModule(ptx, out nint module, out string log);
        if (result == CudaResult.UnsupportedPtxVersion)
        {
            throw new UserException($"The NVIDIA driver offers CUDA {Card.DriverVersion}, which does not take PTX {PtxVersion().Match(ptx).Groups[1]} of kernel "
                + $"{name}; update the driver, or take --device cpu.");
        }

        if (result is CudaResult.InvalidPtx or CudaResult.NoBinaryForGpu or CudaResult.JitCompilerNotFound)
        {
            throw new UserException($"The NVIDIA driver could not compile kernel {name} for {Card.Name}: {_api.Describe(result)}"
                + $"{(log.Trim() is { Length: > 0 } said ? $", {said.ReplaceLineEndings(" ")}" : "")}; update the driver, or take --device cpu.");
        }

        Check(result, $"loading kernel {name}");
        _modules.Add(module);
        Check(_api.Function(module, name, out nint function), $"finding kernel {name}");
        return new LoadedKernel(name, function);
    }

    public void Launch(IDriverKernel kernel, Extents grid, Extents group, int dynamicSharedBytes,
        params ReadOnlySpan<KernelArgument> arguments)
    {
        _context.Bind();
        LoadedKernel loaded = (LoadedKernel)kernel;
        if (dynamicSharedBytes > loaded.DynamicSharedBytes)
        {
            // Beyond 48 KB, static memory included, a group's must be asked for: once a kernel, or again when it wants more.
            Check(_api.AllowDynamicSharedBytes(loaded.Function, dynamicSharedBytes),
                $"giving kernel {kernel.Name} {dynamicSharedBytes} bytes of shared memory a group (the card has {SharedBytesPerGroup})");
            loaded.DynamicSharedBytes = dynamicSharedBytes;
        }

        _context.Launched(kernel.Name, grid, group);
        nint* pointers = stackalloc nint[arguments.Length];
        fixed (KernelArgument* first = arguments)
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                // An argument's bytes stand at its beginning.
                pointers[i] = (nint)(first + i);
            }

            Check(_api.Launch(loaded.Function, grid, group, dynamicSharedBytes, _stream, (nint)pointers),
                $"launching kernel {kernel.Name} on {grid} groups of {group} threads with {dynamicSharedBytes} bytes of dynamic shared memory");
        }
    }

    public void Synchronise()
    {
        _context.Bind();
        Check(_api.SynchroniseStream(_stream), "waiting for the kernels");
        _context.Waited();
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        // What the calls say no longer matters: after a fault all of them fail.
        _isDisposed = true;
        _context.TryBind();
        foreach (nint stream in (nint[])[_uploads, _stream])
        {
            if (stream != 0)
            {
                _api.SynchroniseStream(stream);
                _api.DestroyStream(stream);
            }
        }

        _staging?.Dispose();
        _modules.ForEach(module => _api.UnloadModule(module));
        _context.Release();
    }

    private void Check(CudaResult result, string what) => _context.Check(result, what);

    [GeneratedRegex(@"^\.version\s+(\S+)", RegexOptions.Multiline)]
    private static partial Regex PtxVersion();

    private sealed record LoadedKernel(string Name, nint Function) : IDriverKernel
    {
        /// <summary>What launches may have as they are.</summary>
        public int DynamicSharedBytes { get; set; }
    }
}
