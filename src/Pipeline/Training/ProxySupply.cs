using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Training;

/// <summary>
/// Decides which videos are read through a proxy, and has it made: with <c>data.proxy</c> auto, those whose own frames come too slowly for
/// the training. A run that goes on reads as it began, so that it sees the same pixels.
/// </summary>
/// <param name="say">Told what was measured and what follows from it.</param>
/// <param name="make">Makes the proxy of a video and shows how far it is.</param>
public sealed class ProxySupply(
    Device device, Settings settings, Action<string> say, Func<VideoInfo, ProxyRecipe, VideoReaderOptions, VideoProxy> make)
{
    private readonly Lazy<double> _clipsPerSecond = new(() => TrainingSpeed.ClipsPerSecond(device, settings));

    /// <summary>The proxy to read a video through; null for its own frames.</summary>
    /// <param name="begun">Paths that the run reads through proxies since it began; null for a new run.</param>
    /// <exception cref="UserException">The proxy cannot be made.</exception>
    public VideoProxy? For(VideoInfo video, VideoReaderOptions options, IReadOnlySet<string>? begun)
    {
        ProxyUse use = begun is null ? settings.Data.Proxy : begun.Contains(Path.GetFullPath(video.Path)) ? ProxyUse.Always : ProxyUse.Never;
        if (use == ProxyUse.Never)
        {
            return null;
        }

        ProxyRecipe recipe = new(settings.Data.ProxyShortSide);
        return ProxyCache.Default.Find(video.Path, recipe, options)
            ?? (use == ProxyUse.Always || IsTooSlow(video, options) ? make(video, recipe, options) : null);
    }

    private bool IsTooSlow(VideoInfo video, VideoReaderOptions options)
    {
        int workers = settings.Data.Workers > 0 ? settings.Data.Workers : Environment.ProcessorCount;
        double seconds = RandomAccessCost.SecondsOfAFrame(video, options), clips = workers / (seconds * settings.Data.Frames);
        bool tooSlow = clips < RandomAccessCost.Margin * _clipsPerSecond.Value;
        say(FormattableString.Invariant(
            $"'{video.Path}': a frame from anywhere takes {1000 * seconds:f0} ms, so {workers} threads give {clips:f1} clips/s; training takes {_clipsPerSecond.Value:f1}. ")
            + (tooSlow ? "A proxy is made, once (data.proxy never does without)." : "It is read as it is."));
        return tooSlow;
    }
}
