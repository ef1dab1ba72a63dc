using System.Diagnostics;
using System.Text.Json;
using DoRA.Kernels;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Video;

namespace DoRA.Perf;

/// <summary>
/// Clips of 8 frames, 1 s apart, from anywhere in a long video, as the paper trains on them: decoded, cut into all views and handed over; from
/// the source and from its proxy. Then single frames at random times: as the released code reads them, as our reader does, and from the proxy.
/// </summary>
internal sealed class VideoSuite(double videoSeconds, double proxySeconds, int height, double loopSeconds, TimeSpan time, double clipsPerSecond)
{
    private const int Frames = 8, Clips = 2, FramesPerSecond = 60;
    private static readonly ViewRules Views = ViewRules.Dora(new ViewSettings());
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <param name="results">The folder that each codec's results are written to.</param>
    public void Run(string[] codecs, string source, string results)
    {
        Directory.CreateDirectory(results);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("dora-video-");
        try
        {
            foreach (string codec in codecs)
            {
                VideoResult result = Measure(codec, source, folder.FullName);
                File.WriteAllText(Path.Combine(results, $"{codec}-{height}.json"), JsonSerializer.Serialize(result, CpuSuite.Json) + "\n");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private VideoResult Measure(string codec, string source, string folder)
    {
        string path = Path.Combine(folder, codec + ".mp4");
        int width = height * 16 / 9 / 2 * 2;
        Console.Error.WriteLine($"{codec}: encoding {loopSeconds:f0} s of {width}×{height} at {FramesPerSecond} Hz, repeated to {videoSeconds:f0} s");
        LoopedVideo loop = LoopedVideo.Encode(path + ".loop", source, codec, width, height, FramesPerSecond, loopSeconds);
        loop.Repeat(path, videoSeconds);
        VideoCollection videos = VideoCollection.Open([path]);

        Console.Error.WriteLine($"{codec}: clips from the source");
        ClipRate fromSource = ReadClips(videos, () => new VideoReader(path));

        string part = Path.Combine(folder, codec + "-part.mp4");
        loop.Repeat(part, proxySeconds);
        VideoCollection proxied = VideoCollection.Open([part]);
        Console.Error.WriteLine($"{codec}: making the proxy of {proxied.TotalSeconds:f0} s");
        (VideoProxy proxy, ProxyMaking made) = MakeProxy(part, Path.Combine(folder, "proxies"));

        Console.Error.WriteLine($"{codec}: clips from the proxy");
        ClipRate fromProxy = ReadClips(proxied, () => proxy.Open());

        Console.Error.WriteLine($"{codec}: single frames");
        RandomAccess access = new(path, proxy, time);
        VideoResult result = new(
            codec, width, height, FramesPerSecond, videos.TotalSeconds, new FileInfo(path).Length * 8 / videos.TotalSeconds / 1e6, Environment.ProcessorCount,
            clipsPerSecond, fromSource, fromProxy, made, access.Measure());
        Console.WriteLine(result.ToText());
        return result;
    }

    private static (VideoProxy Proxy, ProxyMaking Made) MakeProxy(string path, string folder)
    {
        long[] memory = new long[10];
        Stopwatch clock = Stopwatch.StartNew();
        TimeSpan next = Minute;
        VideoProxy proxy = new ProxyCache(folder).Make(path, new ProxyRecipe(ShortSide: 540), progress: (done, all) =>
        {
            int part = Math.Min((int)(memory.Length * done / all), memory.Length - 1);
            memory[part] = Math.Max(memory[part], Environment.WorkingSet);
            if (clock.Elapsed >= next)
            {
                Console.Error.WriteLine($"  {done:f0} of {all:f0} s after {clock.Elapsed.TotalMinutes:f0} minutes, {Environment.WorkingSet >> 20} MB");
                next = clock.Elapsed + Minute;
            }
        });
        long frames = proxy.Info.FrameCountEstimate;
        return (proxy, new(frames, frames / clock.Elapsed.TotalSeconds, proxy.Bytes / (double)frames, memory));
    }

    /// <summary>Reads clips as fast as they come, then at the pace of a training that takes so many a second.</summary>
    private ClipRate ReadClips(VideoCollection videos, Func<IFrameSource> open)
    {
        using PeakMemory memory = new();
        using CpuDevice device = new(1);
        ClipLoaderSettings settings = new()
        {
            Seed = 1, Clips = Clips, Frames = Frames, ClipsPerEpoch = 1 << 20, Workers = Environment.ProcessorCount, Ahead = 2,
        };
        using ClipLoader loader = new(new Source(videos, open), Views, settings, device);
        loader.Next();
        long begin = Stopwatch.GetTimestamp();
        int batches = 0;
        for (; batches < 2 || Stopwatch.GetElapsedTime(begin) < time; batches++)
        {
            loader.Next();
        }

        double rate = batches * Clips / Stopwatch.GetElapsedTime(begin).TotalSeconds;
        TimeSpan waited = loader.Waited;
        begin = Stopwatch.GetTimestamp();
        for (int paced = 0; paced < 2 || Stopwatch.GetElapsedTime(begin) < time; paced++)
        {
            Thread.Sleep(TimeSpan.FromSeconds(Clips / clipsPerSecond));
            loader.Next();
        }

        return new(rate, rate * Frames, (loader.Waited - waited) / Stopwatch.GetElapsedTime(begin), memory.Bytes);
    }

    private sealed class Source(VideoCollection videos, Func<IFrameSource> open) : IClipSource
    {
        public ClipTimes Choose(double place) => videos.Choose(place, Frames, spacingSeconds: 1);

        public string NameOf(int video) => videos.Videos[video].Path;

        public IClipReader Open() => new Reader(open());
    }

    private sealed class Reader(IFrameSource frames) : IClipReader
    {
        public VideoFrame Read(int video, double seconds) => frames.Read(seconds);

        public void Dispose() => frames.Dispose();
    }
}
