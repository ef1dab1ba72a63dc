using DoRA.Kernels;
using DoRA.Kernels.Augment;

namespace DoRA.Pipeline.Video;

/// <summary>
/// A short video decoded once, at a reduced size as 8-bit 4:2:0, and kept in memory. Any number of threads may read it
/// at once. The frames it gives are views of its memory: dispose the store after them. For a card all of that memory is page-locked, so that
/// frames are uploaded from where they lie; the machine cannot lend it to other programs then.
/// </summary>
public sealed class FrameStore : IFrameSource
{
    /// <summary>Few large pieces: an hour's frames, each page-locked for itself, would be more mappings than a process may have.</summary>
    private const long UsualPieceBytes = 64L << 20;

    // Frames begin on whole lines of a cache.
    private const long Alignment = 64;

    private readonly List<HostBuffer> pieces = [];
    private readonly List<double> starts = [];
    private readonly List<FrameFormat> formats = [];
    private readonly Device? device;
    private readonly long pieceBytes;
    private readonly double grace;
    private int framesOfPiece;

    private FrameStore(IFrameSequence reader, Device? device, long pieceBytes)
    {
        (this.device, this.pieceBytes) = (device, pieceBytes);
        Info = reader.Info;
        grace = reader.Grace;
        Damage = reader.Damage;
    }

    /// <summary>The video's, but with the stored frames' format and their exact number.</summary>
    public VideoInfo Info { get; private set; }

    /// <inheritdoc/>
    public DamagedSpans Damage { get; }

    /// <summary>Memory that the frames take.</summary>
    public long Bytes => starts.Count * Info.Format.Bytes;

    /// <summary>Decodes a whole video, if it fits.</summary>
    /// <param name="path">The video.</param>
    /// <param name="shortSide">Height of a landscape picture, width of an upright one, in pixels; a smaller video keeps its size.</param>
    /// <param name="byteBudget">The most memory to take.</param>
    /// <param name="options">Threads and limits; the default when null.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="device">The device that frames are uploaded to; null where they are not.</param>
    /// <param name="pieceBytes">The memory is taken in pieces of at most so many bytes, or of one frame.</param>
    /// <returns>Null when the frames would take more than the budget.</returns>
    /// <exception cref="UserException">As <see cref="VideoReader"/>.</exception>
    public static FrameStore? TryLoad(
        string path, int shortSide, long byteBudget, VideoReaderOptions? options = null, IProgress<double>? progress = null,
        Device? device = null, long pieceBytes = UsualPieceBytes)
    {
        using IFrameSequence reader = FrameSources.Open(path, (options ?? new()) with { ShortSide = shortSide });
        (int width, int height) = FrameSize.Shrink(reader.Info.Format.Width, reader.Info.Format.Height, shortSide);
        FrameFormat small = reader.Info.Format with { Width = width, Height = height, ChromaShiftX = 1, ChromaShiftY = 1, BitDepth = 8 };
        long frameBytes = small.Bytes;
        if (reader.Info.FrameCountEstimate * frameBytes > byteBudget)
            return null;
        FrameStore store = new(reader, device, pieceBytes);
        try
        {
            if (store.Fill(reader, width, height, byteBudget / frameBytes, progress))
                return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
        store.Dispose();
        return null;
    }

    /// <summary>A store when the video fits the budget, and a reader otherwise, which one thread at a time may use.</summary>
    /// <inheritdoc cref="TryLoad"/>
    public static IFrameSource LoadOrOpen(
        string path, int shortSide, long byteBudget, VideoReaderOptions? options = null, IProgress<double>? progress = null) =>
        (IFrameSource?)TryLoad(path, shortSide, byteBudget, options, progress) ?? FrameSources.Open(path, options);

    /// <inheritdoc/>
    public VideoFrame Read(double seconds)
    {
        ObjectDisposedException.ThrowIf(pieces.Count == 0, this);
        int index = starts.BinarySearch(seconds + grace);
        index = index >= 0 ? index : Math.Max(0, ~index - 1);
        return new(pieces[index / framesOfPiece], index % framesOfPiece * Stride, formats[index], starts[index])
        {
            IsDamaged = Damage.At(seconds + grace) is not null,
        };
    }

    public void Dispose()
    {
        pieces.ForEach(piece => piece.Dispose());
        pieces.Clear();
    }

    /// <summary>Bytes from one frame to the next.</summary>
    private long Stride => (Info.Format.Bytes + Alignment - 1) / Alignment * Alignment;

    private bool Fill(IFrameSequence reader, int width, int height, long mostFrames, IProgress<double>? progress)
    {
        using VideoFrame frame = FramePool.Shared.Rent();
        while (reader.ReadNext(frame, width, height))
        {
            if (starts.Count == mostFrames)
                return false;
            Keep(frame);
            progress?.Report(Math.Min(1, frame.Seconds / reader.Info.DurationSeconds));
        }
        progress?.Report(1);
        Info = Info with { PixelFormat = "yuv420p", FrameCountEstimate = starts.Count };
        return true;
    }

    /// <summary>Copies a frame behind the last one; all are packed and of one size.</summary>
    private void Keep(VideoFrame frame)
    {
        if (pieces.Count == 0)
        {
            Info = Info with { Format = frame.Format };
            framesOfPiece = (int)Math.Clamp(pieceBytes / Stride, 1, Math.Max(1, Info.FrameCountEstimate));
        }
        int place = starts.Count % framesOfPiece;
        if (place == 0)
            pieces.Add(device?.AllocateHost(framesOfPiece * Stride) ?? HostBuffer.Allocate(framesOfPiece * Stride));
        frame.Bytes.CopyTo(pieces[^1].Elements<byte>(place * Stride, frame.Bytes.Length));
        starts.Add(frame.Seconds);
        formats.Add(frame.Format);
    }
}
