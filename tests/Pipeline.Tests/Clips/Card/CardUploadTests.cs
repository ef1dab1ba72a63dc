using DoRA.Kernels;
using DoRA.Kernels.Tests.Cuda.Driver;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Clips.Card;

/// <summary>Frames on their way to a card, over a driver whose queues run at once, late or only when somebody waits.</summary>
[TestFixture(Eagerness.All)]
[TestFixture(Eagerness.LaterStreams)]
[TestFixture(Eagerness.None)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CardUploadTests : IDisposable
{
    private const int Clips = 2, Frames = 2, Images = Clips * Frames;

    private static readonly ViewRules Rules =
        ViewRules.Dora(new ViewSettings { ClipCrop = 12, GlobalSize = 8, LocalSize = 4, LocalCount = 2 });

    private static readonly ClipLoaderSettings Loading = new() { Seed = 5, Clips = Clips, Frames = Frames, ClipsPerEpoch = 100, Ahead = 1, Workers = 2 };

    private readonly FakeCudaApi _api;
    private readonly SharedCudaApi _notes;
    private readonly CudaDriver _driver;
    private readonly CudaDevice _device;

    public CardUploadTests(Eagerness eagerness)
    {
        _api = new(eagerness);
        (ICudaApi shared, _notes) = SharedCudaApi.Of(_api);
        _driver = new(shared);
        _device = new(_driver, _driver.Card.Name);
    }

    [TearDown]
    public void GiveEverythingBack()
    {
        _device.Dispose();
        _driver.Dispose();
        Assert.That(_api.Held, Is.Zero, "streams, events, modules, memory or the context were not given back");
    }

    public void Dispose() => _api.Dispose();

    [Test]
    public void A_frame_s_memory_is_not_used_again_before_its_upload_is_done()
    {
        const int steps = 8;
        using CpuDevice cpu = new(1);
        List<StepViews> expected, actual;
        using (SyntheticClips source = new(Frames))
        {
            expected = StepViews.Take(cpu, source, Rules, Loading, steps);
        }

        using (SyntheticClips source = new(Frames, device: _device))
        {
            actual = StepViews.Take(_device, source, Rules, Loading, steps);
        }

        for (int step = 0; step < steps; step++)
        {
            CardViewsTests.AssertNear(actual[step], expected[step]);
        }
    }

    /// <summary>The driver takes uploads from page-locked memory only.</summary>
    [TestCase(0)]
    [TestCase(1L << 30)]
    public void Frames_of_videos_go_up_from_where_they_were_decoded_to(long storeBytes)
    {
        VideoCollection videos = VideoCollection.Open([VideoFixtures.File("gopro3s_vp9.webm"), VideoFixtures.File("made/count.mp4")]);
        using CpuDevice cpu = new(1);
        List<StepViews> expected = Take(cpu), actual = Take(_device);
        for (int step = 0; step < expected.Count; step++)
        {
            CardViewsTests.AssertNear(actual[step], expected[step]);
        }

        List<StepViews> Take(Device device)
        {
            using VideoClipSource source = VideoClipSource.Open(videos, Frames, 0.3, shortSide: 48, storeBytes, device: device);
            return StepViews.Take(device, source, Rules, Loading, 5);
        }
    }

    [Test]
    public void Frames_lie_in_the_memory_of_the_frames_before_and_are_all_that_is_uploaded()
    {
        using SyntheticClips source = new(Frames, device: _device);
        using ClipLoader loader = new(source, Rules, Loading, _device);
        using DeviceBatch batch = new(_device, Rules, Clips, Frames);
        (int Host, int Events, int Card) warm = default;
        for (int step = 0; step < 12; step++)
        {
            batch.Fill(loader.Next());
            if (step == 3)
            {
                // Both batches were filled and used.
                warm = Taken();
                _notes.CopiesIn.Clear();
            }
        }

        Assert.That(Taken(), Is.EqualTo(warm));
        Assert.That(_api.Calls(nameof(ICudaApi.AllocateHost)), Is.EqualTo(1 + ((Loading.Ahead + 1) * Images)), "the staging ring and a block a frame");

        // Each frame once, and of what was drawn a table a launch: cuts, recipes of the globals, recipes of the locals.
        Assert.That(_notes.CopiesIn.Count(bytes => bytes == SyntheticClips.Format.Bytes), Is.EqualTo(8 * Images));
        Assert.That(_notes.CopiesIn, Has.Count.EqualTo(8 * (Images + 3)));

        (int, int, int) Taken() =>
            (_api.Calls(nameof(ICudaApi.AllocateHost)), _api.Calls(nameof(ICudaApi.CreateEvent)), _api.Calls(nameof(ICudaApi.Allocate)));
    }

    [Test]
    public void A_training_is_at_most_a_step_ahead_of_the_card_when_it_asks_for_clips()
    {
        using SyntheticClips source = new(Frames, device: _device);
        using ClipLoader loader = new(source, Rules, Loading with { Ahead = 4 }, _device);
        using DeviceBatch batch = new(_device, Rules, Clips, Frames);
        for (int step = 0; step < 4; step++)
        {
            batch.AwaitViews();
            Assert.That(_api.QueuedReads, Is.Zero, "uploads that a batch's memory would wait for");
            batch.Fill(loader.Next());
        }
    }

    [Test]
    public void A_loader_that_is_disposed_in_between_leaves_no_upload_behind()
    {
        using SyntheticClips source = new(Frames, device: _device);
        using DeviceBatch batch = new(_device, Rules, Clips, Frames);
        for (int i = 0; i < 2; i++)
        {
            using ClipLoader loader = new(source, Rules, Loading, _device);
            batch.Fill(loader.Next());
        }
    }
}
