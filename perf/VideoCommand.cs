using System.CommandLine;
using DoRA.Kernels;

namespace DoRA.Perf;

/// <summary><c>video</c>: long 4K video through the whole path, and random access three ways.</summary>
internal static class VideoCommand
{
    public static Command Create()
    {
        Option<double> minutes = new("--minutes") { HelpName = "M", Description = "Length of each video.", DefaultValueFactory = _ => 30 };
        Option<double> proxy = new("--proxy-minutes") { HelpName = "M", Description = "Length of the part that the proxy is made of; all when left out." };
        Option<int> height = new("--height") { HelpName = "PIXELS", Description = "Height of its 16:9 picture.", DefaultValueFactory = _ => 2160 };
        Option<double> loop = new("--loop") { HelpName = "S", Description = "Seconds that are encoded once and then repeated.", DefaultValueFactory = _ => 20 };
        Option<double> seconds = new("--seconds") { HelpName = "S", Description = "Time for reading clips, and for each way of random access.", DefaultValueFactory = _ => 60 };
        Option<double> rate = new("--clips-per-second") { HelpName = "N", Description = "What the training that waits for clips takes.", DefaultValueFactory = _ => 1 };
        Option<string[]> codecs = new("--codec") { HelpName = "NAME", Description = "h264 or hevc; both when left out." };
        Option<string?> source = new("--source") { HelpName = "VIDEO", Description = "What is scaled up and repeated; the walk of samples/ when left out." };
        Option<DirectoryInfo> results = new("--results") { HelpName = "FOLDER", Description = "Where each codec's results are written.", DefaultValueFactory = _ => new("perf/results/video") };
        codecs.AcceptOnlyFromAmong("h264", "hevc");
        Command command = new("video", "Reads clips of long 4K video, from the source and from its proxy. Nothing of the videos is kept.\nExample: dotnet run -c Release --project perf -- video --minutes 0.5")
        {
            minutes, proxy, height, loop, seconds, rate, codecs, source, results,
        };
        command.SetAction(parsed =>
        {
            double part = parsed.GetResult(proxy) is null ? parsed.GetValue(minutes) : parsed.GetValue(proxy);
            if (!(parsed.GetValue(minutes) >= 0.2 && part >= 0.2 && part <= parsed.GetValue(minutes) && parsed.GetValue(loop) >= 1 && parsed.GetValue(seconds) > 0 && parsed.GetValue(rate) > 0 && parsed.GetValue(height) >= 64))
            {
                throw new UserException("--minutes must be at least 0.2, --proxy-minutes between that and --minutes, --loop at least 1, --height at least 64, and --seconds and --clips-per-second above 0.");
            }

            string[] chosen = parsed.GetValue(codecs) is { Length: > 0 } named ? named : ["h264", "hevc"];
            VideoSuite suite = new(
                parsed.GetValue(minutes) * 60, part * 60, parsed.GetValue(height), parsed.GetValue(loop), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(rate));
            suite.Run(chosen, parsed.GetValue(source) ?? Pipeline.Training.Samples.Videos()[0], parsed.GetValue(results)!.FullName);
        });
        return command;
    }
}
