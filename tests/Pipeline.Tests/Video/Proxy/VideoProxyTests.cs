using DoRA.Kernels;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video.Proxy;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class VideoProxyTests : IDisposable
{
    // One second a segment, so that short videos have several.
    private static readonly ProxyRecipe Recipe = new(ShortSide: 120, SegmentSeconds: 1);

    private readonly TemporaryFolder _folder = new();

    private ProxyCache Cache => new(_folder.File("cache"));

    public void Dispose() => _folder.Dispose();

    [TestCase("count.mp4", 0)]
    [TestCase("count_vfr.mp4", 0)]
    [TestCase("count_vfr.mkv", 0)]
    [TestCase("count_late.ts", 0)]
    [TestCase("count_edited.mp4", 48)]
    [TestCase("count_before_zero.mov", 25)]
    [TestCase("count_negative.mp4", 0)]
    [TestCase("count_bare.h264", 0)]
    [TestCase("count_open.ts", 0)]
    [TestCase("count_hevc.mp4", 0)]
    [TestCase("count_mpeg4.avi", 0)]
    [TestCase("count_fragmented.mp4", 0)]
    public void The_timeline_is_the_sources(string file, int first)
    {
        string path = VideoFixtures.File("made/" + file);
        VideoProxy proxy = Cache.Make(path, Recipe);
        using IFrameSource made = proxy.Open();
        using VideoReader source = new(path);
        Assert.That(proxy.Info with { FrameCountEstimate = 0 }, Is.EqualTo(source.Info with { FrameCountEstimate = 0 }));
        Assert.That(proxy.Info.FrameCountEstimate, Is.EqualTo(200 - first));
        Random random = new(file.Length);
        for (int repeat = 0; repeat < 150; repeat++)
        {
            // Frames' borders too, and a little before the start and after the end.
            double seconds = repeat % 2 == 0 ? (random.NextDouble() * 9) - 0.5 : random.Next(200) / 25.0;
            using VideoFrame actual = made.Read(seconds), expected = source.Read(seconds);
            Assert.That(actual.Seconds, Is.EqualTo(expected.Seconds), $"at {seconds} s");
            Assert.That(FrameExactnessTests.IndexShown(actual), Is.EqualTo(FrameExactnessTests.IndexShown(expected)));
        }
        Assert.That(() => made.Read(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase("made/turned_90.mp4")]
    [TestCase("made/full_709.mp4")]
    [TestCase("made/limited_2020.mp4")]
    public void Rotation_range_and_matrix_are_the_sources(string file)
    {
        VideoProxy proxy = Cache.Make(VideoFixtures.File(file), Recipe);
        using IFrameSource made = proxy.Open();
        using VideoReader source = new(VideoFixtures.File(file));
        using VideoFrame frame = made.Read(0.2);
        Assert.That(frame.Format.Packed(), Is.EqualTo(source.Info.Format with { BitDepth = 8 }));
    }

    [TestCase("gopro3s_hevc.mp4", 120)]
    [TestCase("gopro3s_av1.mp4", 4096)]
    [TestCase("flower_vp8.webm", 200)]
    public void Frames_are_the_sources_within_40_dB(string file, int shortSide)
    {
        string path = VideoFixtures.File(file);
        VideoProxy proxy = Cache.Make(path, Recipe with { ShortSide = shortSide });
        using FrameStore store = FrameStore.TryLoad(path, shortSide, 1L << 30)!;
        using IFrameSource made = proxy.Open();
        Assert.That(proxy.Info.Format, Is.EqualTo(store.Info.Format));
        double squares = 0, samples = 0;
        for (double seconds = 0; seconds < store.Info.DurationSeconds; seconds += 0.1)
        {
            using VideoFrame expected = store.Read(seconds), actual = made.Read(seconds);
            Assert.That(actual.Seconds, Is.EqualTo(expected.Seconds));
            ReadOnlySpan<byte> a = actual.Packed(), e = expected.Packed();
            for (int i = 0; i < e.Length; i++)
            {
                squares += (a[i] - e[i]) * (a[i] - e[i]);
            }

            samples += e.Length;
        }

        // The figure of docs/proxy.md.
        double psnr = 10 * Math.Log10(255 * 255 * samples / squares);
        TestContext.Out.WriteLine($"{file}: {psnr:f1} dB");
        Assert.That(!(psnr >= 40), Is.False, $"{psnr:f1} dB");
    }

    [Test]
    public void The_same_bytes_come_from_any_number_of_workers_and_after_a_kill()
    {
        string path = VideoFixtures.File("made/count_vfr.mp4");
        VideoProxy first = Cache.Make(path, Recipe, workers: 1);
        Dictionary<string, byte[]> bytes = Contents(first.Folder);
        Assert.That(bytes.Keys, Has.Count.EqualTo((2 * 8) + 1), "eight segments, their indexes and the manifest");

        ProxyCache other = new(_folder.File("other"));
        string folder = other.Make(path, Recipe, workers: 3).Folder;
        AssertSame(Contents(folder), bytes);

        // A process killed in the midst: no manifest, a segment cut off under its temporary name, one whose index was not written yet, and one
        // whose index is cut off.
        File.Delete(Path.Combine(folder, "proxy.json"));
        File.WriteAllBytes(Path.Combine(folder, "00003.mp4.partial"), bytes["00003.mp4"][..500]);
        File.Delete(Path.Combine(folder, "00003.mp4"));
        File.Delete(Path.Combine(folder, "00003.index"));
        File.Delete(Path.Combine(folder, "00005.index"));
        File.WriteAllBytes(Path.Combine(folder, "00006.index"), bytes["00006.index"][..50]);
        DateTime kept = File.GetLastWriteTimeUtc(Path.Combine(folder, "00002.mp4"));
        Assert.That(other.Find(path, Recipe), Is.Null);
        other.Make(path, Recipe);
        AssertSame(Contents(folder), bytes);
        Assert.That(File.GetLastWriteTimeUtc(Path.Combine(folder, "00002.mp4")), Is.EqualTo(kept), "what was whole is not made again");
    }

    [Test]
    public void A_cancelled_making_goes_on_where_it_was()
    {
        string path = VideoFixtures.File("made/count.mp4");
        using CancellationTokenSource cancellation = new();
        Assert.That(
            () => Cache.Make(path, Recipe, workers: 1, progress: (done, _) =>
            {
                if (done > 3.5)
                {
                    cancellation.Cancel();
                }
            }, cancellation: cancellation.Token),
            Throws.InstanceOf<OperationCanceledException>());
        List<double> shares = [];
        VideoProxy proxy = Cache.Make(path, Recipe, workers: 1, progress: (done, all) => shares.Add(done / all));
        Assert.That(shares[0], Is.GreaterThan(0.4));
        Assert.That(shares, Is.Ordered);
        Assert.That(shares[^1], Is.EqualTo(1).Within(1e-9));
        Assert.That(proxy.Info.FrameCountEstimate, Is.EqualTo(200));
    }

    [Test]
    public void A_damaged_frame_is_detected_and_its_segment_made_anew()
    {
        string path = VideoFixtures.File("made/count.mp4");
        VideoProxy proxy = Cache.Make(path, Recipe);
        byte[] whole = File.ReadAllBytes(Path.Combine(proxy.Folder, "00004.mp4"));
        Damage(Path.Combine(proxy.Folder, "00004.mp4"), whole);
        using (IFrameSource reader = proxy.Open())
        {
            reader.Read(3.9).Dispose();
            UserException error = Assert.Throws<UserException>(() =>
            {
                for (double seconds = 4; seconds < 5; seconds += 0.04)
                {
                    reader.Read(seconds).Dispose();
                }
            })!;
            Assert.That(error.Message, Does.Contain("count.mp4").And.Contain("damaged at 4").And.Contain("--resume"));
        }

        Assert.That(Cache.Find(path, Recipe), Is.Null);
        Cache.Make(path, Recipe);
        Assert.That(File.ReadAllBytes(Path.Combine(proxy.Folder, "00004.mp4")), Is.EqualTo(whole));

        // Nobody has read the damage yet: only a look at every frame finds it.
        Damage(Path.Combine(proxy.Folder, "00004.mp4"), whole);
        Cache.Make(path, Recipe);
        Assert.That(File.ReadAllBytes(Path.Combine(proxy.Folder, "00004.mp4")), Is.Not.EqualTo(whole));
        Cache.Make(path, Recipe, verify: true);
        Assert.That(File.ReadAllBytes(Path.Combine(proxy.Folder, "00004.mp4")), Is.EqualTo(whole));

        // A length that is wrong is seen at once.
        File.WriteAllBytes(Path.Combine(proxy.Folder, "00004.mp4"), whole[..^1]);
        Assert.That(Cache.Find(path, Recipe), Is.Null);

        static void Damage(string file, byte[] whole)
        {
            byte[] bytes = [.. whole];
            bytes[bytes.Length / 2] ^= 0x10;
            File.WriteAllBytes(file, bytes);
        }
    }

    [Test]
    public void Another_source_or_recipe_is_another_proxy()
    {
        string path = _folder.File("video.mp4");
        File.Copy(VideoFixtures.File("made/count.mp4"), path);
        VideoProxy proxy = Cache.Make(path, Recipe);
        Assert.That(Cache.Find(path, Recipe with { ShortSide = 64 }), Is.Null);
        Assert.That(Cache.Find(VideoFixtures.File("made/count.mp4"), Recipe)!.Folder, Is.EqualTo(proxy.Folder), "wherever the file lies");
        File.Copy(VideoFixtures.File("made/count_hevc.mp4"), path, overwrite: true);
        Assert.That(Cache.Find(path, Recipe), Is.Null);

        // A manifest of another proxy does not make this one complete.
        string other = Path.Combine(_folder.Path, "foreign");
        Directory.CreateDirectory(other);
        File.Copy(Path.Combine(proxy.Folder, "proxy.json"), Path.Combine(other, "proxy.json"));
        Assert.That(VideoProxy.TryOpen(other, path), Is.Null);
        File.WriteAllText(Path.Combine(other, "proxy.json"), "{}");
        Assert.That(VideoProxy.TryOpen(other, path), Is.Null);
    }

    [Test]
    public void Of_several_makers_one_makes_and_the_others_wait()
    {
        string path = VideoFixtures.File("made/count.mp4");
        int making = 0, waited = 0;
        VideoProxy[] proxies = new VideoProxy[3];
        Parallel.For(0, 3, new ParallelOptions { MaxDegreeOfParallelism = 3 }, i =>
        {
            int told = 0;
            proxies[i] = new ProxyCache(_folder.File("cache")).Make(
                path, Recipe, workers: 1, progress: (_, _) => Interlocked.CompareExchange(ref told, 1, 0), waiting: () => Interlocked.Increment(ref waited));
            Interlocked.Add(ref making, told);
        });
        Assert.That(making, Is.EqualTo(1));
        Assert.That(proxies.Select(proxy => proxy.Info.FrameCountEstimate), Is.All.EqualTo(200));
    }

    [Test]
    public void A_cache_that_cannot_be_written_to_is_named()
    {
        string blocked = _folder.File("file");
        File.WriteAllText(blocked, "");
        Assert.That(() => new ProxyCache(blocked).Make(VideoFixtures.File("made/count.mp4"), Recipe),
            Throws.TypeOf<UserException>().With.Message.Contains(blocked).And.Message.Contains("DORA_CACHE"));
        Assert.That(() => Cache.Make(_folder.File("no.mp4"), Recipe), Throws.TypeOf<UserException>().With.Message.Contains("There is no video"));
    }

    private static Dictionary<string, byte[]> Contents(string folder) => Directory.EnumerateFiles(folder)
        .Where(file => Path.GetFileName(file) != "lock")
        .ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);

    private static void AssertSame(Dictionary<string, byte[]> actual, Dictionary<string, byte[]> expected)
    {
        Assert.That(actual.Keys, Is.EquivalentTo(expected.Keys));
        foreach ((string file, byte[] bytes) in expected)
        {
            Assert.That(actual[file].AsSpan().SequenceEqual(bytes), file);
        }
    }
}
