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
    private readonly List<VideoFrame> frames = [];
    private readonly FramePool pool;
    private readonly List<double> starts = [];

    private readonly double grace;

    private FrameStore(IFrameSequence reader, Device? device)
    {
        pool = new(device);
        Info = reader.Info;
        grace = reader.Grace;
        Damage = reader.Damage;
    }

    /// <summary>The video's, but with the stored frames' format and their exact number.</summary>
    public VideoInfo Info { get; private set; }

    /// <inheritdoc/>
    public DamagedSpans Damage { get; }

    /// <summary>Memory that the frames take.</summary>
    public long Bytes => frames.Count * Info.Format.Bytes;

    /// <summary>Decodes a whole video, if it fits.</summary>
    /// <param name="path">The video.</param>
    /// <param name="shortSide">Height of a landscape picture, width of an upright one, in pixels; a smaller video keeps its size.</param>
    /// <param name="byteBudget">The most memory to take.</param>
    /// <param name="options">Threads and limits; the default when null.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="device">The device that frames are uploaded to; null where they are not.</param>
    /// <returns>Null when the frames would take more than the budget.</returns>
    /// <exception cref="UserException">As <see cref="VideoReader"/>.</exception>
    public static FrameStore? TryLoad(
        string path, int shortSide, long byteBudget, VideoReaderOptions? options = null, IProgress<double>? progress = null,
        Device? device = null)
    {
        using IFrameSequence reader = FrameSources.Open(path, (options ?? new()) with { ShortSide = shortSide });
        (int width, int height) = FrameSize.Shrink(reader.Info.Format.Width, reader.Info.Format.Height, shortSide);
        FrameFormat small = reader.Info.Format with { Width = width, Height = height, ChromaShiftX = 1, ChromaShiftY = 1, BitDepth = 8 };
        long frameBytes = small.Bytes;
        if (reader.Info.FrameCountEstimate * frameBytes > byteBudget)
            return null;
        FrameStore store = new(reader, device);
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
        ObjectDisposedException.ThrowIf(frames.Count == 0, this);
        int index = starts.BinarySearch(seconds + grace);
        VideoFrame frame = frames[index >= 0 ? index : Math.Max(0, ~index - 1)].View();
        frame.IsDamaged = Damage.At(seconds + grace) is not null;
        return frame;
    }

    public void Dispose()
    {
        foreach (VideoFrame frame in frames)
            frame.Dispose();
        frames.Clear();
        pool.Dispose();
    }

    private bool Fill(IFrameSequence reader, int width, int height, long mostFrames, IProgress<double>? progress)
    {
        while (true)
        {
            VideoFrame frame = pool.Rent();
            if (!reader.ReadNext(frame, width, height))
                break;
            frames.Add(frame);
            starts.Add(frame.Seconds);
            if (frames.Count > mostFrames)
                return false;
            progress?.Report(Math.Min(1, frame.Seconds / reader.Info.DurationSeconds));
        }
        progress?.Report(1);
        Info = Info with { Format = frames[0].Format, PixelFormat = "yuv420p", FrameCountEstimate = frames.Count };
        return true;
    }
}
