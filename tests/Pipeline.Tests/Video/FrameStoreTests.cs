using DoRA.Kernels.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

public class FrameStoreTests
{
    [TestCase("made/count.mp4", 200, 10_000_000)]
    [TestCase("made/count.mp4", 200, 100_000, Description = "Many pieces.")]
    [TestCase("made/count.mp4", 200, 1, Description = "A piece a frame.")]
    [TestCase("made/count_edited.mp4", 152, 10_000_000)]
    public void Holds_every_frame(string file, int frames, long pieceBytes)
    {
        string path = VideoFixtures.File(file);
        using FrameStore store = FrameStore.TryLoad(path, 144, 10_000_000, pieceBytes: pieceBytes)!;
        using VideoReader reader = new(path);
        Assert.That(store.Info.FrameCountEstimate, Is.EqualTo(frames));
        Assert.That(store.Info.Format, Is.EqualTo(reader.Info.Format), "a picture below the size stays as it is");
        Random random = new(3);
        for (int repeat = 0; repeat < 100; repeat++)
        {
            double seconds = random.NextDouble() * store.Info.DurationSeconds;
            using VideoFrame expected = reader.Read(seconds);
            using VideoFrame actual = store.Read(seconds);
            Assert.That(actual.Seconds, Is.EqualTo(expected.Seconds));
            Assert.That(actual.Bytes.SequenceEqual(expected.Packed()), Is.True);
        }
    }

    [Test]
    public void Shrinks_to_the_short_side()
    {
        List<double> shares = [];
        using FrameStore store = FrameStore.TryLoad(
            VideoFixtures.File("gopro3s_hevc.mp4"), 120, 100_000_000, progress: new Collect(shares))!;
        Assert.That(store.Info.Format, Is.EqualTo(new FrameFormat(212, 120, 1, 1, 8, true, ColorMatrix.Bt709, 0)));
        Assert.That(store.Bytes, Is.EqualTo(90L * 212 * 120 * 3 / 2));
        Assert.That(shares, Is.Ordered);
        Assert.That(shares[^1], Is.EqualTo(1));
        using VideoReader reader = new(VideoFixtures.File("gopro3s_hevc.mp4"));
        using VideoFrame large = reader.Read(1);
        using VideoFrame small = store.Read(1);
        // Halving both sides is a mean of four pixels; each has a rounding of half a step, as has the result.
        for (int row = 0; row < 120; row += 17)
        {
            for (int column = 0; column < 212; column += 13)
            {
                ReadOnlySpan<byte> above = large.Row(0, 2 * row), below = large.Row(0, (2 * row) + 1);
                int sum = above[2 * column] + above[(2 * column) + 1] + below[2 * column] + below[(2 * column) + 1];
                Assert.That(small.Bytes[row * 212 + column], Is.EqualTo(sum / 4.0).Within(1));
            }
        }
    }

    [Test]
    public void Ten_bits_become_eight()
    {
        using FrameStore store = FrameStore.TryLoad(VideoFixtures.File("h265_10bits.mp4"), 500, 100_000_000)!;
        Assert.That(store.Info.Format, Is.EqualTo(new FrameFormat(200, 200, 1, 1, 8, false, ColorMatrix.Bt601, 0)));
    }

    [Test]
    public void Beyond_the_budget_a_reader_serves()
    {
        string path = VideoFixtures.File("made/count.mp4");
        Assert.That(FrameStore.TryLoad(path, 144, 1_000_000), Is.Null);
        using IFrameSource source = FrameStore.LoadOrOpen(path, 144, 1_000_000);
        Assert.That(source, Is.TypeOf<VideoReader>());
        using IFrameSource stored = FrameStore.LoadOrOpen(path, 144, 2_000_000);
        Assert.That(stored, Is.TypeOf<FrameStore>());
    }

    [Test]
    public void Threads_share_a_store()
    {
        using FrameStore store = FrameStore.TryLoad(VideoFixtures.File("made/count.mp4"), 144, 10_000_000)!;
        Parallel.For(0, 1000, repeat =>
        {
            using VideoFrame frame = store.Read(repeat % 200 / 25.0);
            Assert.That(FrameExactnessTests.IndexShown(frame), Is.EqualTo(repeat % 200));
        });
    }

    private sealed class Collect(List<double> values) : IProgress<double>
    {
        public void Report(double value) => values.Add(value);
    }
}
