namespace DoRA.Kernels;

/// <summary>An event of a stream.</summary>
internal sealed class CudaMark : QueueMark
{
    private readonly CudaContext _context;
    private readonly nint _stream;
    private bool _disposed;

    public CudaMark(CudaContext context, nint stream)
    {
        (_context, _stream) = (context, stream);
        context.Bind();
        context.Check(context.Api.CreateEvent(out nint handle), "making an event");
        Handle = handle;
        context.Retain();
    }

    public nint Handle { get; }

    public override void Set()
    {
        _context.Bind();
        _context.Check(_context.Api.RecordEvent(Handle, _stream), "marking a point in the queue");
    }

    public override void Await()
    {
        _context.Bind();
        _context.Check(_context.Api.SynchroniseEvent(Handle), "waiting for queued work");
    }

    public override double SecondsSince(QueueMark earlier)
    {
        Await();
        _context.Check(_context.Api.ElapsedTime(((CudaMark)earlier).Handle, Handle, out float milliseconds), "timing queued work");
        return milliseconds * 1e-3;
    }

    protected override void Dispose(bool disposing)
    {
        if (!_disposed)
        {
            _disposed = true;
            _context.TryBind();
            _context.Api.DestroyEvent(Handle);
            _context.Release();
        }

        base.Dispose(disposing);
    }
}
