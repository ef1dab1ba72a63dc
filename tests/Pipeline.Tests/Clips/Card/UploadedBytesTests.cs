using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;
using DoRA.PtxMachine.Counting;

namespace DoRA.Pipeline.Tests.Clips.Card;

/// <summary>What a step of the default recipe sends to a card, which docs/cuda.md tells: counted, of frames that nobody fills and kernels that do not run.</summary>
public class UploadedBytesTests
{
    // Frames as a proxy of 540 lines has them.
    private const long FrameBytes = 48L * 8 * 960 * 540 * 3 / 2;

    [TestCase("dora", 578_027_520, 36)]
    [TestCase("dino", 802_160_640, 165)]
    public void A_step_uploads_frames_and_small_tables(string method, long viewBytes, int launches)
    {
        Settings settings = SettingsResolver.Resolve(assignments: [$"method={method}"]).Settings;
        ViewRules rules = ViewRules.Of(settings);
        int images = settings.Data.Batch * settings.Data.Frames;
        long floats = images * 3L * ((rules.Globals.Count * rules.GlobalSize * rules.GlobalSize) + (rules.LocalViews * rules.Local.Size * rules.Local.Size));
        Assert.That(floats * sizeof(float), Is.EqualTo(viewBytes));

        using CountingDriver driver = new();
        using CudaDevice device = new(driver, "no card");
        using BlankClips source = new(settings.Data.Frames);
        ClipLoaderSettings loading = new()
        {
            Seed = 1, Clips = settings.Data.Batch, Frames = settings.Data.Frames, ClipsPerEpoch = 1000, Ahead = 1, Workers = 2,
        };
        using ClipLoader loader = new(source, rules, loading, device);
        using DeviceBatch batch = new(device, rules, settings.Data.Batch, settings.Data.Frames);
        batch.Fill(loader.Next());

        Assert.That(driver.Launches, Is.EqualTo(launches));
        Assert.That(driver.BesideBytes, Is.EqualTo(FrameBytes));
        Assert.That(driver.CopiedBytes, Is.Positive.And.LessThan(FrameBytes / 500), $"{driver.CopiedBytes} bytes of cuts and recipes");
    }

    private sealed class BlankClips(int frames) : IClipSource, IDisposable
    {
        private readonly FramePool _pool = new();

        public ClipTimes Choose(double place) => new(0, new double[frames]);

        public string NameOf(int video) => "blank";

        public IClipReader Open() => new Reader(_pool);

        public void Dispose() => _pool.Dispose();

        private sealed unsafe class Reader(FramePool pool) : IClipReader
        {
            public VideoFrame Read(int video, double seconds)
            {
                VideoFrame frame = pool.Rent();
                frame.Prepare(new(960, 540, 1, 1, 8, false, ColorMatrix.Bt709, 0), seconds);
                return frame;
            }

            public void Dispose() { }
        }
    }
}
