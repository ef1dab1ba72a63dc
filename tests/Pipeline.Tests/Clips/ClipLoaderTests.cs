using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Clips;

public class ClipLoaderTests
{
    private const int Clips = 3;
    private const int Frames = 2;
    private static readonly ViewSettings Sizes = new() { ClipCrop = 20, GlobalSize = 12, LocalSize = 8, LocalCount = 3 };
    private static readonly ViewRules Views = ViewRules.DoraUnmasked(Sizes);
    private static readonly ClipLoaderSettings Settings = new() { Seed = 5, Clips = Clips, Frames = Frames, ClipsPerEpoch = 100 };
    private static readonly CpuDevice Device = new(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Test]
    public void Batches_are_the_same_whatever_the_number_of_threads_and_however_slow_they_are()
    {
        List<Copy> alone = Take(new SyntheticClips(Frames), Settings, 0, 8);
        SyntheticClips uneven = new(Frames, (_, _) => Thread.Sleep(Random.Shared.Next(3)));
        List<Copy> together = Take(uneven, Settings with { Workers = 4, Ahead = 3 }, 0, 8);
        AssertSame(together, alone);
        Assert.That(uneven.Disposed, Is.EqualTo(4), "every reader is disposed");
    }

    [Test]
    public void A_run_that_resumes_gets_the_batches_it_would_have_had() =>
        AssertSame(Take(new SyntheticClips(Frames), Settings, 5, 3), Take(new SyntheticClips(Frames), Settings, 0, 8)[5..]);

    [Test]
    public void Two_processes_share_a_step_of_one()
    {
        ClipLoaderSettings half = Settings with { Clips = 1, Ranks = 3 };
        List<Copy> whole = Take(new SyntheticClips(Frames), Settings, 0, 2);
        for (int rank = 0; rank < 3; rank++)
        {
            List<Copy> part = Take(new SyntheticClips(Frames), half with { Rank = rank }, 0, 2);
            Assert.That(part.Select(batch => batch.Clips[0].Seconds[0]), Is.EqualTo(whole.Select(batch => batch.Clips[rank].Seconds[0])));
            Assert.That(part[1].Locals[..192], Is.EqualTo(whole[1].Locals.AsSpan(rank * Frames * 192, 192).ToArray()),
                "the clip's first view");
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Every_view_lies_where_the_layout_says(bool dino)
    {
        ViewRules views = dino ? ViewRules.Dino(Sizes) : Views;
        Copy batch = Take(new SyntheticClips(Frames), Settings, 4, 1, views)[0];
        ViewSampler sampler = new(views, Settings.Seed);
        using CpuDevice device = new(1);
        for (int image = 0; image < Clips * Frames; image++)
        {
            FrameKey key = new(4, image / Frames, image % Frames);
            ClipTimes times = batch.Clips[image / Frames];
            (CropBox box, PictureSize size) = sampler.Crop(key, new(30, 40));
            Assert.That(size, Is.EqualTo(dino ? new PictureSize(30, 40) : new PictureSize(20, 20)));
            DeviceSpan frame = device.Allocate(SyntheticClips.Format.Bytes, ElementType.Byte),
                crop = device.Allocate(3L * size.Pixels, ElementType.Float32);
            device.Upload<byte>(frame, SyntheticClips.Frame(times.Video, times.Seconds[image % Frames]));
            device.Kernels.Augment.CropFrames(crop, frame, [new FrameCut(0, SyntheticClips.Format, box)], size);
            for (int view = 0; view < 2; view++)
            {
                float[] expected = MakeView(device, crop, sampler.Global(key, view, size), size, 12);
                Assert.That(batch.Globals.AsSpan(((view * Clips * Frames) + image) * expected.Length, expected.Length)
                    .SequenceEqual(expected), $"global {view} of image {image}");
            }

            for (int view = 0; view < 3; view++)
            {
                float[] expected = MakeView(device, crop, sampler.Local(key, view, size), size, 8);
                Assert.That(batch.Locals.AsSpan(((view * Clips * Frames) + image) * expected.Length, expected.Length)
                    .SequenceEqual(expected), $"local {view} of image {image}");
            }
        }
    }

    [Test]
    public void Work_stops_when_enough_batches_are_ahead()
    {
        SyntheticClips source = new(Frames);
        using ClipLoader loader = new(source, Views, Settings with { Workers = 2, Ahead = 2 }, Device);
        loader.Next();
        int enough = 3 * Clips * Frames;
        Assert.That(SpinWait.SpinUntil(() => source.Reads >= enough, Patience));
        Thread.Sleep(50);
        Assert.That(source.Reads, Is.EqualTo(enough), "the one in use and two ahead");
        loader.Next();
        Assert.That(SpinWait.SpinUntil(() => source.Reads >= enough + (Clips * Frames), Patience));
    }

    [Test]
    public void What_a_thread_throws_reaches_the_consumer_after_the_batches_before_it()
    {
        SyntheticClips good = new(Frames);
        ClipOrder order = new(Settings.Seed, Settings.ClipsPerEpoch);
        double bad = good.Choose(order.Place((2 * Clips) + 1)).Seconds[1];
        SyntheticClips source = new(Frames, (_, seconds) =>
        {
            if (seconds.Equals(bad))
            {
                throw new UserException("walk.mp4 is damaged.");
            }
        });
        using ClipLoader loader = new(source, Views, Settings, Device);
        Assert.That(loader.Next().Step, Is.Zero);
        Assert.That(loader.Next().Step, Is.EqualTo(1));
        Assert.That(() => loader.Next(), Throws.TypeOf<UserException>().With.Message.EqualTo("walk.mp4 is damaged."));
        Assert.That(() => loader.Next(), Throws.TypeOf<UserException>(), "and again");
    }

    [Test]
    public void Waiting_can_be_cancelled_and_is_counted()
    {
        using ManualResetEventSlim open = new();
        using CancellationTokenSource cancellation = new(TimeSpan.FromMilliseconds(20));
        using ClipLoader loader = new(new SyntheticClips(Frames, (_, _) => open.Wait(Patience)), Views, Settings, Device);
        Assert.That(() => loader.Next(cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        using Timer timer = new(_ => open.Set(), null, 30, Timeout.Infinite);
        Assert.That(loader.Next().Step, Is.Zero);
        Assert.That(loader.Waited, Is.GreaterThan(TimeSpan.FromMilliseconds(1)));
    }

    [Test]
    public void A_loader_that_is_disposed_early_ends_its_threads()
    {
        SyntheticClips source = new(Frames);
        ClipLoader loader = new(source, Views, Settings with { Workers = 3 }, Device);
        loader.Next();
        loader.Dispose();
        Assert.That(source.Disposed, Is.EqualTo(source.Opened).And.EqualTo(3));
        Assert.That(() => loader.Next(), Throws.TypeOf<ObjectDisposedException>());
    }

    private static float[] MakeView(CpuDevice device, DeviceSpan crop, ViewRecipe recipe, PictureSize size, int side)
    {
        DeviceSpan view = device.Allocate(3L * side * side, ElementType.Float32);
        device.Kernels.Augment.MakeViews(view, crop, [recipe], size, new(side, side));
        float[] values = new float[view.Length];
        device.Download<float>(values, view);
        return values;
    }

    private static List<Copy> Take(SyntheticClips source, ClipLoaderSettings settings, long firstStep, int count, ViewRules? views = null)
    {
        using ClipLoader loader = new(source, views ?? Views, settings, Device, firstStep);
        List<Copy> copies = [];
        for (int i = 0; i < count; i++)
        {
            ClipBatch batch = loader.Next();
            copies.Add(new(batch.Step, [.. batch.Globals], [.. batch.Locals], [.. batch.Clips]));
        }

        return copies;
    }

    private static void AssertSame(List<Copy> actual, List<Copy> expected)
    {
        Assert.That(actual.Select(batch => batch.Step), Is.EqualTo(expected.Select(batch => batch.Step)));
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.That(actual[i].Globals.AsSpan().SequenceEqual(expected[i].Globals), $"globals of batch {i}");
            Assert.That(actual[i].Locals.AsSpan().SequenceEqual(expected[i].Locals), $"locals of batch {i}");
            Assert.That(actual[i].Clips.Select(clip => clip.Seconds[0]), Is.EqualTo(expected[i].Clips.Select(clip => clip.Seconds[0])));
        }
    }

    private sealed record Copy(long Step, float[] Globals, float[] Locals, ClipTimes[] Clips);
}
