using DoRA.Kernels.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Clips;

/// <summary>
/// Clips of a collection of videos: from memory where a video fits there, from a proxy where there is one, else each thread decodes for
/// itself.
/// </summary>
public sealed class VideoClipSource : IClipSource, IDisposable
{
    private readonly VideoCollection _videos;
    private readonly FrameStore?[] _stores;
    private readonly VideoProxy?[] _proxies;
    private readonly int _frames;
    private readonly double _spacingSeconds;
    private readonly VideoReaderOptions? _options;

    private VideoClipSource(VideoCollection videos, FrameStore?[] stores, int frames, double spacingSeconds, VideoReaderOptions? options) =>
        (_videos, _stores, _proxies, _frames, _spacingSeconds, _options) =
            (videos, stores, new VideoProxy?[stores.Length], frames, spacingSeconds, options);

    /// <summary>Bytes of the videos that are kept in memory.</summary>
    public long StoredBytes => _stores.Sum(store => store?.Bytes ?? 0);

    /// <summary>Full paths of the videos that are read through a proxy.</summary>
    public IReadOnlyList<string> Proxied =>
        [.. _proxies.OfType<VideoProxy>().Select(proxy => Path.GetFullPath(proxy.Info.Path))];

    /// <summary>Decodes videos into memory, in their order, as long as the budget lasts.</summary>
    /// <param name="videos">Where clips come from.</param>
    /// <param name="frames">Frames of a clip.</param>
    /// <param name="spacingSeconds">From one frame's time to the next.</param>
    /// <param name="shortSide">Shorter side in pixels of the frames kept in memory.</param>
    /// <param name="storeBytes">The most memory to take; 0 keeps nothing.</param>
    /// <param name="options">Of the readers; the default when null.</param>
    /// <param name="proxyOf">Gives the proxy of a video that is not kept in memory, or null; null for none.</param>
    /// <param name="progress">Told the share of the videos that is done.</param>
    /// <exception cref="Kernels.UserException">No video is long enough for a clip, or a video cannot be read.</exception>
    public static VideoClipSource Open(
        VideoCollection videos, int frames, double spacingSeconds, int shortSide, long storeBytes, VideoReaderOptions? options = null,
        Func<VideoInfo, VideoProxy?>? proxyOf = null, IProgress<double>? progress = null)
    {
        videos.RequireClips(frames, spacingSeconds);
        VideoClipSource source = new(videos, new FrameStore?[videos.Videos.Count], frames, spacingSeconds, options);
        try
        {
            for (int i = 0; i < source._stores.Length; i++)
            {
                double done = i;
                Progress part = new(share => progress?.Report((done + share) / source._stores.Length));
                FrameStore? store = storeBytes > 0 ? FrameStore.TryLoad(videos.Videos[i].Path, shortSide, storeBytes, options, part) : null;
                source._stores[i] = store;
                storeBytes -= store?.Bytes ?? 0;
                source._proxies[i] = store is null ? proxyOf?.Invoke(videos.Videos[i]) : null;
            }
        }
        catch
        {
            source.Dispose();
            throw;
        }

        return source;
    }

    /// <summary>Clips of the part of each video that this source leaves out; null where it leaves none. It lives as long as this one.</summary>
    /// <exception cref="Kernels.UserException">That part of a video is shorter than a clip.</exception>
    public IClipSource? HeldOut()
    {
        VideoCollection? rest = _videos.HeldOut;
        rest?.RequireClips(_frames, _spacingSeconds);
        return rest is null ? null : new Rest(this, rest);
    }

    public ClipTimes Choose(double place) => _videos.Choose(place, _frames, _spacingSeconds);

    public IClipReader Open() => new Reader(this);

    /// <summary>Frees the videos in memory; readers must be disposed before.</summary>
    public void Dispose()
    {
        foreach (FrameStore? store in _stores)
        {
            store?.Dispose();
        }
    }

    private sealed class Rest(VideoClipSource source, VideoCollection videos) : IClipSource
    {
        public ClipTimes Choose(double place) => videos.Choose(place, source._frames, source._spacingSeconds);

        public IClipReader Open() => source.Open();
    }

    /// <summary>Reports at once, on the thread that reports.</summary>
    private sealed class Progress(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }

    private sealed class Reader(VideoClipSource source) : IClipReader
    {
        // A decoder of 4K video holds a few hundred megabytes, and clips of one batch come from anywhere.
        private const int OpenAtMost = 4;
        private readonly List<(int Video, IFrameSource Reader)> _open = [];
        private VideoFrame? _frame;

        public ReadOnlySpan<byte> Read(int video, double seconds, out FrameFormat format)
        {
            _frame?.Dispose();
            _frame = (source._stores[video] ?? OpenReader(video)).Read(seconds);
            format = _frame.Format;
            return _frame.Bytes;
        }

        public void Dispose()
        {
            _frame?.Dispose();
            _open.ForEach(entry => entry.Reader.Dispose());
        }

        /// <summary>The video's reader, moved to the end; the one that was used longest ago makes room.</summary>
        private IFrameSource OpenReader(int video)
        {
            int index = _open.FindIndex(entry => entry.Video == video);
            IFrameSource reader = index >= 0
                ? _open[index].Reader
                : source._proxies[video]?.Open() ?? FrameSources.Open(source._videos.Videos[video].Path, source._options);
            if (index >= 0)
            {
                _open.RemoveAt(index);
            }
            else if (_open.Count == OpenAtMost)
            {
                _open[0].Reader.Dispose();
                _open.RemoveAt(0);
            }

            _open.Add((video, reader));
            return reader;
        }
    }
}
