using System.Diagnostics;
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
    /// <summary>Decoding must be able to give so many times the clips that training takes: it shares the machine with it.</summary>
    private const double Margin = 2;

    private const int Samples = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
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
        double seconds = SecondsOfAFrame(video, options), clips = workers / (seconds * settings.Data.Frames);
        bool tooSlow = clips < Margin * _clipsPerSecond.Value;
        say(FormattableString.Invariant(
            $"'{video.Path}': a frame from anywhere takes {1000 * seconds:f0} ms, so {workers} threads give {clips:f1} clips/s; training takes {_clipsPerSecond.Value:f1}. ")
            + (tooSlow ? "A proxy is made, once (data.proxy never does without)." : "It is read as it is."));
        return tooSlow;
    }

    /// <summary>The mean over frames spread over the video.</summary>
    private static double SecondsOfAFrame(VideoInfo video, VideoReaderOptions options)
    {
        using IFrameSequence reader = FrameSources.Open(video.Path, options);
        Stopwatch clock = Stopwatch.StartNew();
        int read = 0;
        while (read < Samples && clock.Elapsed < Patience)
        {
            // The golden section spreads any number of them, and none follows another.
            reader.Read(video.DurationSeconds * (++read * 0.618034 % 1)).Dispose();
        }

        return clock.Elapsed.TotalSeconds / read;
    }
}
