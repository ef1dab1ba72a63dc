using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Cli;

/// <summary><c>proxy VIDEO|FOLDER …</c>: makes the random-access proxies that <c>pretrain</c> would make.</summary>
internal static class ProxyCommand
{
    public static Command Create(Terminal terminal)
    {
        DataSettings usual = new();
        Argument<string[]> videos = new("VIDEO|FOLDER")
        {
            Description = "Videos, folders of them or of pictures, or lists (.txt) of paths.", Arity = ArgumentArity.OneOrMore,
        };
        Option<int> shortSide = new("--short-side")
        {
            HelpName = "PIXELS", Description = "Shorter side of its frames, as data.proxyShortSide.",
            DefaultValueFactory = _ => usual.ProxyShortSide,
        };
        Option<double> rate = new("--pictures-per-second")
        {
            HelpName = "RATE", Description = "Of folders of pictures, as data.picturesPerSecond.",
            DefaultValueFactory = _ => usual.PicturesPerSecond,
        };
        Option<bool> verify = new("--verify") { Description = "Reads every frame of what is there, and makes damaged parts anew." };
        Option<bool> json = new("--json") { Description = "Results as JSON." };
        Option<bool> verbose = new("--verbose") { Description = "Says more, and where an error came from." };
        Command command = new(
            "proxy", "Makes random-access proxies of videos, once; `pretrain` finds them.\nExample: dora proxy walk-4k.mp4 --short-side 512")
        {
            videos, shortSide, rate, verify, json, verbose,
        };
        command.SetAction((parsed, interruption) => Task.FromResult(Run(
            parsed.GetRequiredValue(videos), parsed.GetValue(shortSide), parsed.GetValue(rate), parsed.GetValue(verify), parsed.GetValue(json),
            terminal, interruption)));
        return command;
    }

    private static int Run(
        string[] paths, int shortSide, double rate, bool verify, bool json, Terminal terminal, CancellationToken interruption)
    {
        if (shortSide < 16 || !(rate > 0))
        {
            throw new UserException($"--short-side is {shortSide} and --pictures-per-second {rate}; give at least 16 pixels, and a rate above 0.");
        }

        VideoReaderOptions options = new() { PicturesPerSecond = rate };
        VideoProxy[] proxies = [.. VideoCollection.Open(paths, options).Videos.Select(
            video => ProxyProgress.Make(terminal, video, new(shortSide), options, verify, interruption))];
        terminal.Result(json
            ? ResultJson.Of(proxies.Select(proxy => new
            {
                video = proxy.Info.Path, folder = proxy.Folder, bytes = proxy.Bytes, frames = proxy.Info.FrameCountEstimate,
                width = proxy.Info.Format.Width, height = proxy.Info.Format.Height,
            }))
            : string.Join('\n', proxies.Select(proxy => proxy.Folder)));
        return ExitCode.Done;
    }
}
