using DoRA.Kernels;
using DoRA.Model;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Training;

/// <summary>The way from videos to a step's views in device memory.</summary>
public sealed class TrainingData : IDisposable
{
    private readonly Device _device;
    private readonly VideoClipSource _clips;
    private readonly int _starts;
    private readonly DeviceBatch _batch;
    private readonly Settings _settings;
    private ClipLoader? _loader;

    // The next step's clips, where they were taken before its views are asked for.
    private ClipBatch? _next;
    private int _damagedClips;

    /// <exception cref="UserException">A video is smaller than a crop or shorter than a clip, or cannot be read.</exception>
    /// <param name="proxyOf">Gives the proxy of a video that is not kept in memory, or null; null for none.</param>
    public TrainingData(Device device, Settings settings, VideoCollection videos, Func<VideoInfo, VideoProxy?>? proxyOf = null)
    {
        RequireSize(settings, videos);
        (_device, _settings) = (device, settings);
        _starts = Starts(settings.Data, videos);
        DataSettings data = settings.Data;
        int shortSide = data.DecodeHeight > 0 ? data.DecodeHeight : int.MaxValue;
        _clips = VideoClipSource.Open(videos, data.Frames, data.SpacingSeconds, shortSide, StoreBytes(), ReaderOptions(data), proxyOf, device: device);
        ScoredClips = settings.Monitor.Frames > 0 ? HeldOut(data) ?? _clips : _clips;
        _batch = new(device, ViewRules.Of(settings), settings.Data.Batch, settings.Data.Frames);
    }

    /// <summary>How videos are read.</summary>
    public static VideoReaderOptions ReaderOptions(DataSettings data) => new() { PicturesPerSecond = data.PicturesPerSecond, DamageLimit = data.DamageLimit };

    /// <summary>Full paths of the videos that are read through a proxy.</summary>
    public IReadOnlyList<string> Proxied => _clips.Proxied;

    /// <summary>Clips to score on: of the end of each video that is not trained on, or where nothing is held out of all.</summary>
    internal IClipSource ScoredClips { get; }

    /// <summary>How long the training has waited for data.</summary>
    public TimeSpan Waited => _loader?.Waited ?? TimeSpan.Zero;

    /// <summary>The videos in which damage was met.</summary>
    public IReadOnlyList<VideoDamage> Damage =>
        [.. _clips.Damage.Select(pair => new VideoDamage(Path.GetFileName(pair.Video.Path), pair.Damage.Seconds, pair.Damage.All))];

    /// <summary>How long the training is on this data.</summary>
    public TrainingLength Length => _settings.Run.Length(_starts, _settings.Data.Batch);

    /// <summary>Begins to prepare views ahead of the training.</summary>
    /// <param name="step">The step that comes first.</param>
    public void Start(int step) => _loader = Load(step, _settings.Data.Prefetch);

    /// <summary>The next step's views. They stay until the next call.</summary>
    public TrainingBatch Take()
    {
        ClipBatch clips = _next ?? NextClips();
        _next = null;
        _damagedClips += clips.DamagedClips;
        return _batch.Fill(clips);
    }

    /// <summary>Sends the frames of the step after to a card, which has work meanwhile, if they are decoded. The views that were taken stay as they are.</summary>
    public void UploadAhead()
    {
        _batch.AwaitViews();
        if (_next is null && _loader!.NextIfReady() is { } ready)
        {
            _next = ready;
            _batch.Upload(ready);
        }
    }

    /// <summary>Clips since the last call that fell on damaged pictures and were drawn again.</summary>
    public int TakeDamagedClips()
    {
        int damaged = _damagedClips;
        _damagedClips = 0;
        return damaged;
    }

    /// <summary>The views of a step made again, after which training does not go on; they stay as those of <see cref="Take"/> do.</summary>
    public (IReadOnlyList<ClipTimes> Clips, TrainingBatch Views) Remake(int step)
    {
        _loader?.Dispose();
        _loader = Load(step, ahead: 1);
        _next = null;
        ClipBatch clips = _loader.Next();
        return (clips.Clips, _batch.Fill(clips));
    }

    public void Dispose()
    {
        _loader?.Dispose();
        _batch.Dispose();
        _clips.Dispose();
    }

    private ClipBatch NextClips()
    {
        // A loader whose frames the card has not read yet cannot read others: such a wait is not for data.
        _batch.AwaitViews();
        return _loader!.Next();
    }

    private IClipSource? HeldOut(DataSettings data)
    {
        try
        {
            return _clips.HeldOut();
        }
        catch (UserException error)
        {
            _clips.Dispose();
            throw new UserException(
                $"The {1 - data.TrainingShare:p0} of each video that data.trainingShare holds out is too little to score on, so lower it or set monitor.frames=0: "
                + error.Message, error);
        }
    }

    private ClipLoader Load(int step, int ahead)
    {
        DataSettings data = _settings.Data;
        return new(_clips, ViewRules.Of(_settings), new()
        {
            Seed = (ulong)_settings.Run.Seed,
            Clips = data.Batch,
            Frames = data.Frames,
            ClipsPerEpoch = Math.Max(_starts, data.Batch),
            Workers = data.Workers > 0 ? data.Workers : Environment.ProcessorCount,
            Ahead = ahead,
            DamageLimit = data.DamageLimit,
        }, _device, step);
    }

    /// <summary>
    /// The same share of the machine's memory every time, so that a resumed run reads the same pixels. For a card it is page-locked, as are the
    /// frames of the steps ahead and of the one in use: (data.prefetch + 1) × data.batch × data.frames that do not lie in the store.
    /// </summary>
    private static long StoreBytes() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    /// <summary>Frames at which a clip may start, over all videos: the clips of an epoch.</summary>
    private static int Starts(DataSettings data, VideoCollection videos) => (int)Math.Max(1, videos.Videos.Sum(video =>
        Math.Max(0, (video.DurationSeconds * data.TrainingShare) - ((data.Frames - 1) * data.SpacingSeconds)) * video.FramesPerSecond));

    private static void RequireSize(Settings settings, VideoCollection videos)
    {
        (string name, int crop) = settings.Method == Method.Dora && settings.Views.ClipCrop > 0
            ? ("views.clipCrop", settings.Views.ClipCrop)
            : ("views.globalSize", settings.Views.GlobalSize);
        if (settings.Data.DecodeHeight > 0 && settings.Data.DecodeHeight < crop)
        {
            throw new UserException($"data.decodeHeight is {settings.Data.DecodeHeight}, less than the crop of {crop} (setting {name}); raise it, or set crop and views that fit into it.");
        }

        foreach (VideoInfo video in videos.Videos)
        {
            if (Math.Min(video.Format.Width, video.Format.Height) < crop)
            {
                throw new UserException($"'{video.Path}' has {video.Format.DisplayWidth}×{video.Format.DisplayHeight} pixels, "
                    + $"less than the crop of {crop} (setting {name}); use a larger video, or crop and views that fit into it.");
            }
        }
    }
}
