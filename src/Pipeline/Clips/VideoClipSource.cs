using DoRA.Kernels;
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
    private readonly VideoReaderOptions _options;
    private readonly DamagedSpans[] _damage;

    // What readers decode for a card lies in page-locked memory: that of the frames in flight, which the loader's batches hold.
    private readonly FramePool _pool;

    private VideoClipSource(VideoCollection videos, int frames, double spacingSeconds, VideoReaderOptions options, Device? device)
    {
        _pool = new(device);
        int count = videos.Videos.Count;
        (_videos, _stores, _proxies, _frames, _spacingSeconds, _options) =
            (videos, new FrameStore?[count], new VideoProxy?[count], frames, spacingSeconds, options);
        _damage = [.. videos.Videos.Select(_ => new DamagedSpans())];
    }

    /// <summary>Bytes of the videos that are kept in memory.</summary>
    public long StoredBytes => _stores.Sum(store => store?.Bytes ?? 0);

    /// <summary>Full paths of the videos that are read through a proxy.</summary>
    public IReadOnlyList<string> Proxied =>
        [.. _proxies.OfType<VideoProxy>().Select(proxy => Path.GetFullPath(proxy.Info.Path))];

    /// <summary>What was found damaged so far of each video in which something was.</summary>
    public IReadOnlyList<(VideoInfo Video, DamagedSpans Damage)> Damage =>
        [.. _videos.Videos.Zip(_damage).Where(pair => pair.Second.All.Count > 0)];

    /// <summary>Decodes videos into memory, in their order, as long as the budget lasts.</summary>
    /// <param name="videos">Where clips come from.</param>
    /// <param name="frames">Frames of a clip.</param>
    /// <param name="spacingSeconds">From one frame's time to the next.</param>
    /// <param name="shortSide">Shorter side in pixels of the frames, but of those from a proxy; smaller ones keep their size.</param>
    /// <param name="storeBytes">The most memory to take; 0 keeps nothing.</param>
    /// <param name="options">Of the readers; the default when null.</param>
    /// <param name="proxyOf">Gives the proxy of a video that is not kept in memory, or null; null for none.</param>
    /// <param name="progress">Told the share of the videos that is done.</param>
    /// <param name="device">The device that frames are uploaded to; null where they are not.</param>
    /// <exception cref="UserException">No video is long enough for a clip, or a video cannot be read or is damaged too much.</exception>
    public static VideoClipSource Open(
        VideoCollection videos, int frames, double spacingSeconds, int shortSide, long storeBytes, VideoReaderOptions? options = null,
        Func<VideoInfo, VideoProxy?>? proxyOf = null, IProgress<double>? progress = null, Device? device = null)
    {
        videos.RequireClips(frames, spacingSeconds);
        options = (options ?? new()) with { ShortSide = shortSide };
        VideoClipSource source = new(videos, frames, spacingSeconds, options, device);
        try
        {
            for (int i = 0; i < source._stores.Length; i++)
            {
                double done = i;
                Progress part = new(share => progress?.Report((done + share) / source._stores.Length));
                FrameStore? store = storeBytes > 0
                    ? FrameStore.TryLoad(videos.Videos[i].Path, shortSide, storeBytes, options, part, device)
                    : null;
                source._stores[i] = store;
                storeBytes -= store?.Bytes ?? 0;
                VideoProxy? proxy = store is null ? proxyOf?.Invoke(videos.Videos[i]) : null;
                source._proxies[i] = proxy;
                source._damage[i] = store?.Damage ?? proxy?.Damage ?? source._damage[i];
                source.RequireSound(i);
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
    /// <exception cref="UserException">That part of a video is shorter than a clip.</exception>
    public IClipSource? HeldOut()
    {
        VideoCollection? rest = _videos.HeldOut;
        rest?.RequireClips(_frames, _spacingSeconds);
        return rest is null ? null : new Rest(this, rest);
    }

    public string NameOf(int video) => _videos.Videos[video].Path;

    public ClipTimes Choose(double place) => _videos.Choose(place, _frames, _spacingSeconds);

    public IClipReader Open() => new Reader(this);

    /// <summary>Frees the videos in memory and what was read; readers and frames must be disposed before.</summary>
    public void Dispose()
    {
        foreach (FrameStore? store in _stores)
        {
            store?.Dispose();
        }

        _pool.Dispose();
    }

    private sealed class Rest(VideoClipSource source, VideoCollection videos) : IClipSource
    {
        public ClipTimes Choose(double place) => videos.Choose(place, source._frames, source._spacingSeconds);

        public string NameOf(int video) => source.NameOf(video);

        public IClipReader Open() => source.Open();
    }

    private void RequireSound(int video) => _damage[video].RequireWithin(_options.DamageLimit, _videos.Videos[video]);

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

        public VideoFrame Read(int video, double seconds)
        {
            IFrameSource from = source._stores[video] ?? OpenReader(video);
            VideoFrame frame = from.Read(seconds);
            if (frame.IsDamaged && from.Damage.At(seconds) is { } span)
            {
                source._damage[video].Add(span);
            }

            return frame;
        }

        public void Dispose() => _open.ForEach(entry => entry.Reader.Dispose());

        /// <summary>The video's reader, moved to the end; the one that was used longest ago makes room.</summary>
        private IFrameSource OpenReader(int video)
        {
            int index = _open.FindIndex(entry => entry.Video == video);
            IFrameSource reader = index >= 0
                ? _open[index].Reader
                : source._proxies[video]?.Open(source._pool)
                    ?? FrameSources.Open(source._videos.Videos[video].Path, source._options, source._pool);
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
