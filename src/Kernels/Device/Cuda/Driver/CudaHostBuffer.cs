namespace DoRA.Kernels;

/// <summary>Page-locked memory, which a card reads by itself while kernels run.</summary>
internal sealed class CudaHostBuffer : HostBuffer
{
    private readonly CudaContext _context;

    /// <summary>The end of the last copy from here; made at the first.</summary>
    private CudaMark? _read;

    /// <exception cref="UserException">The machine cannot lock that much memory.</exception>
    public CudaHostBuffer(CudaContext context, long bytes) : base(Allocate(context, bytes), bytes)
    {
        _context = context;
        context.Retain();
    }

    /// <summary>Queues a copy in a stream and gives the mark of its end.</summary>
    public CudaMark CopyTo(ulong address, long offset, long bytes, nint stream)
    {
        _read ??= new(_context, stream);
        _context.Check(_context.Api.CopyIn(address, Pointer + (nint)offset, bytes, stream), "copying to the card");
        _read.Set();
        return _read;
    }

    public override void AwaitUploads() => _read?.Await();

    protected override void Free(nint pointer)
    {
        _context.TryBind();
        if (_read is not null)
        {
            _context.Api.SynchroniseEvent(_read.Handle);
            _read.Dispose();
        }

        _context.Api.FreeHost(pointer);
        _context.Release();
    }

    private static nint Allocate(CudaContext context, long bytes)
    {
        context.Bind();
        CudaResult result = context.Api.AllocateHost(bytes, out nint pointer);
        if (result == CudaResult.OutOfMemory)
        {
            throw new UserException($"This machine cannot lock {bytes / 1048576.0:F0} MiB of its memory for the card's uploads; "
                + "lower data.batch, data.prefetch, data.workers or data.decodeHeight.");
        }

        context.Check(result, "locking host memory");
        return pointer;
    }
}
