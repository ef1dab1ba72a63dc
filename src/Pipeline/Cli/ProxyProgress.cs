using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Cli;

/// <summary>Shows how far the making of a proxy is.</summary>
internal static class ProxyProgress
{
    /// <summary>The proxies of a run that a person watches.</summary>
    public static ProxySupply Supply(Device device, Settings settings, Terminal terminal, CancellationToken interruption) =>
        new(device, settings, terminal.Say, (video, recipe, options) => Make(terminal, video, recipe, options, verify: false, interruption));

    /// <summary>A video's proxy, made where there is none.</summary>
    /// <param name="verify">Whether every frame of what is there is read and checked first.</param>
    public static VideoProxy Make(
        Terminal terminal, VideoInfo video, ProxyRecipe recipe, VideoReaderOptions options, bool verify, CancellationToken interruption)
    {
        if (!verify && ProxyCache.Default.Find(video.Path, recipe, options) is { } found)
        {
            return found;
        }

        terminal.Say($"{(verify ? "Checking" : "Making")} the proxy of '{video.Path}'. A stop loses little: the next run goes on with it.");
        VideoProxy proxy = new WorkProgress(terminal).Run("seconds of video", report => ProxyCache.Default.Make(
            video.Path, recipe, options, verify: verify, progress: (done, all) => report((int)done, (int)Math.Ceiling(all)),
            waiting: () => terminal.Say("Another process makes this proxy; waiting for it."), cancellation: interruption));
        terminal.Say($"The proxy: {proxy.Bytes >> 20} MB in {proxy.Folder}");
        return proxy;
    }
}
