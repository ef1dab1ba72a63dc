namespace DoRA.Kernels;

/// <summary>
/// Page-locked memory through which uploads from ordinary memory pass, so that the caller's is free when the call returns and nobody waits for
/// the card. A segment is filled again once the copies from it are done.
/// </summary>
internal sealed unsafe class StagingRing : IDisposable
{
    private const int SegmentBytes = 1 << 20, Segments = 4, Alignment = 64;

    private readonly CudaContext _context;
    private readonly nint _stream;
    private readonly CudaHostBuffer _memory;
    private readonly List<CudaMark> _marks = [];
    private int _segment, _used;

    /// <param name="stream">Where copies are queued.</param>
    public StagingRing(CudaContext context, nint stream)
    {
        (_context, _stream) = (context, stream);
        _memory = new(context, (long)SegmentBytes * Segments);
        try
        {
            for (int i = 0; i < Segments; i++)
            {
                _marks.Add(new(context, stream));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Queues a copy of bytes that the caller may change at once.</summary>
    public void CopyIn(ulong address, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            if (_used >= SegmentBytes)
            {
                Advance();
            }

            int piece = Math.Min(source.Length, SegmentBytes - _used);
            nint place = _memory.Pointer + ((nint)_segment * SegmentBytes) + _used;
            source[..piece].CopyTo(new((void*)place, piece));
            _context.Check(_context.Api.CopyIn(address, place, piece, _stream), "copying to the card");
            _used += (piece + Alignment - 1) / Alignment * Alignment;
            address += (ulong)piece;
            source = source[piece..];
        }
    }

    public void Dispose()
    {
        _marks.ForEach(mark => mark.Dispose());
        _memory.Dispose();
    }

    private void Advance()
    {
        _marks[_segment].Set();
        _segment = (_segment + 1) % Segments;
        _used = 0;
        _marks[_segment].Await();
    }
}
