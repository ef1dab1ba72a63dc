using DoRA.Kernels;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Clips;

/// <summary>
/// A video of 8 s with a key frame every 40 frames of 1/25 s, of which bytes within the second group are overwritten: frames 28 to 79 are
/// damaged, for the first group's last packets are too.
/// </summary>
public class DamagedClipsTests
{
    private static readonly string Damaged = VideoFixtures.File("made/damaged.mp4");
    private static readonly VideoSpan Span = new(28 / 25.0, 80 / 25.0);
    private static readonly VideoReaderOptions Bears = new() { DamageLimit = 0.5 };
    private static readonly ViewSettings Views = new() { ClipCrop = 40, GlobalSize = 32, LocalSize = 16, LocalCount = 2 };
    private static readonly ClipLoaderSettings Loading = new() { Seed = 3, Clips = 4, Frames = 2, ClipsPerEpoch = 64, DamageLimit = 0.9 };

    [Test]
    public void What_is_damaged_hangs_on_the_time_alone()
    {
        using TemporaryFolder folder = new();
        using VideoReader reader = new(Damaged, Bears);
        using FrameStore store = FrameStore.TryLoad(Damaged, 4096, 100_000_000, Bears)!;
        VideoProxy proxy = new ProxyCache(folder.Path).Make(Damaged, new(4096, SegmentSeconds: 2), Bears, workers: 2);
        using IFrameSource proxied = proxy.Open();
        Random random = new(5);
        for (int i = 0; i < 100; i++)
        {
            double seconds = 8 * random.NextDouble();
            foreach (IFrameSource source in (IFrameSource[])[reader, store, proxied])
            {
                using VideoFrame frame = source.Read(seconds);
                bool expected = Span.From <= seconds + reader.Grace && seconds + reader.Grace < Span.To;
                Assert.That(frame.IsDamaged, Is.EqualTo(expected), $"{source} at {seconds} s");
                Assert.That(FrameExactnessTests.IndexShown(frame), Is.EqualTo(expected ? 27 : (int)((seconds + reader.Grace) * 25)).Within(0), $"{source} at {seconds} s");
            }
        }

        Assert.That(new[] { reader.Damage, store.Damage, proxied.Damage }.Select(damage => damage.All.Single().From), Is.All.EqualTo(Span.From).Within(1e-3));
        Assert.That(new[] { reader.Damage, store.Damage, proxied.Damage }.Select(damage => damage.All.Single().To), Is.All.EqualTo(Span.To).Within(1e-3));
        Assert.That(proxy.Info.FrameCountEstimate, Is.EqualTo(148));
    }

    [TestCase(0)]
    [TestCase(1L << 30)]
    public void Clips_that_fall_on_damage_are_drawn_again(long storeBytes)
    {
        using VideoClipSource source = Open(storeBytes);
        using CpuDevice device = new(1);
        using ClipLoader one = new(source, ViewRules.Dora(Views), Loading, device), other = new(source, ViewRules.Dora(Views), Loading with { Workers = 3 }, device);
        int damaged = 0;
        for (int step = 0; step < 5; step++)
        {
            ClipBatch a = one.Next(), b = other.Next();
            Assert.That(a.Globals.SequenceEqual(b.Globals) && a.Locals.SequenceEqual(b.Locals), $"step {step}");
            Assert.That(a.DamagedClips, Is.EqualTo(b.DamagedClips));
            Assert.That(a.Clips.SelectMany(clip => clip.Seconds).Where(seconds => Span.From <= seconds && seconds < Span.To), Is.Empty);
            damaged += a.DamagedClips;
        }

        Assert.That(damaged, Is.InRange(1, 30), "a clip of 0 and 0.3 s falls on it with a probability of about 0.3");
        Assert.That(source.Damage.Single().Damage.All.Single().To, Is.EqualTo(Span.To).Within(1e-3));
    }

    [Test]
    public void Too_many_damaged_clips_stop_the_loader()
    {
        using VideoClipSource source = Open(storeBytes: 0);
        using CpuDevice device = new(1);
        using ClipLoader loader = new(source, ViewRules.Dora(Views), Loading with { DamageLimit = 0.1 }, device);
        Assert.That(() =>
        {
            for (int step = 0; step < 50; step++)
            {
                loader.Next();
            }
        }, Throws.TypeOf<UserException>().With.Message.Contains("clips fell on damaged pictures, more than the 10 %").And.Message.Contains(Damaged));
    }

    [Test]
    public void A_run_says_what_it_left_out()
    {
        using TemporaryFolder folder = new();
        string run = folder.File("run");
        string[] arguments = ["pretrain", Damaged, "--preset", "tiny", "--set", "data.trainingShare=1", "--output", run];

        CommandResult refused = CommandResult.Of(arguments);
        Assert.That(refused.ExitCode, Is.EqualTo(2));
        Assert.That(refused.Messages, Does.Contain("2.08 s of its 8 s").And.Contain("5 % that data.damageLimit allows"));
        CommandResult result = CommandResult.Of([.. arguments, "--set", "data.damageLimit=0.5"]);

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        RunResults results = ResultJson.Read<Receipt>(Path.Combine(run, "receipt.json")).Results;
        Assert.That(results.Damage.Single().Seconds, Is.EqualTo(2.08).Within(1e-3));
        Assert.That(results.DataWait, Is.InRange(0, 1));
        Assert.That(results.DamagedClips, Is.Positive
            .And.EqualTo(RunLog.Read(Path.Combine(run, "log.jsonl")).Sum(record => record.DamagedClips ?? 0)));
        Assert.That(result.Output, Does.Contain("damaged.mp4 is damaged for 2.08 s in 1 span")
            .And.Contain($"{results.DamagedClips} clips fell on damaged pictures").And.Contain("of the time went by waiting for data"));
    }

    private static VideoClipSource Open(long storeBytes) =>
        VideoClipSource.Open(VideoCollection.Open([Damaged], Bears), 2, 0.3, shortSide: 4096, storeBytes, Bears);
}
