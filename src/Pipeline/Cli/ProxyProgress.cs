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
        new(device, settings, terminal.Say, (video, make) => Watch(terminal, video, make), interruption);

    /// <param name="make">The work; it tells the seconds done of all.</param>
    public static VideoProxy Watch(Terminal terminal, string video, Func<Action<double, double>, VideoProxy> make)
    {
        terminal.Say($"Making the proxy of '{video}'. A stop loses little: the next run goes on with it.");
        VideoProxy proxy = new WorkProgress(terminal).Run(
            "seconds of video", report => make((done, all) => report((int)done, (int)Math.Ceiling(all))));
        terminal.Say($"The proxy: {proxy.Bytes >> 20} MB in {proxy.Folder}");
        return proxy;
    }
}
