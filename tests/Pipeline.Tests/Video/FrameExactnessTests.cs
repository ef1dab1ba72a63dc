using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

/// <summary>Every frame of these files shows its own index, so a wrong frame shows itself.</summary>
public class FrameExactnessTests
{
    /// <summary>File, index of the first frame shown, number of frames, whether the rate varies.</summary>
    private static readonly object[][] Files =
    [
        ["count.mp4", 0, 200, false],
        ["count_vfr.mp4", 0, 200, true],
        ["count_vfr.mkv", 0, 200, true],
        ["count_late.ts", 0, 200, false],
        ["count_edited.mp4", 48, 152, false],
        ["count_before_zero.mov", 25, 175, false],
        ["count_negative.mp4", 0, 200, false],
        ["count_negative.mkv", 25, 175, false],
        ["count_bare.h264", 0, 200, false],
        ["count_open.mp4", 0, 200, false],
        ["count_open.ts", 0, 200, false],
        ["count_hevc.mp4", 0, 200, false],
        ["count_mpeg4.avi", 0, 200, false],
        ["count_mpeg2.ts", 0, 200, false],
        ["count_vp9.webm", 0, 200, false],
        ["count_fragmented.mp4", 0, 200, false],
        ["count_sound.mov", 0, 200, false],
    ];

    [TestCaseSource(nameof(Files))]
    public void Frames_in_order_are_complete(string file, int first, int frames, bool varies)
    {
        using VideoReader reader = Open(file);
        using VideoFrame frame = FramePool.Shared.Rent();
        for (int index = 0; index < frames; index++)
        {
            Assert.That(reader.ReadNext(frame), Is.True);
            Assert.That(IndexShown(frame), Is.EqualTo(first + index));
            // Containers round times to a tick, at most a millisecond here.
            Assert.That(frame.Seconds, Is.EqualTo(StartOf(index, varies)).Within(0.001));
        }
        Assert.That(reader.ReadNext(frame), Is.False);
        Assert.That(reader.Damage.All, Is.Empty);
    }

    [TestCaseSource(nameof(Files))]
    public void Any_time_gives_the_frame_shown_then(string file, int first, int frames, bool varies)
    {
        using VideoReader reader = Open(file);
        using VideoFrame frame = FramePool.Shared.Rent();
        Random random = new(file.Length);
        for (int repeat = 0; repeat < 200; repeat++)
        {
            int index = random.Next(frames);
            double start = StartOf(index, varies);
            double end = StartOf(index + 1, varies);
            // 1 ms from the borders, because containers round to a millisecond.
            reader.ReadAt(start + 0.001 + (end - start - 0.002) * random.NextDouble(), frame);
            Assert.That(IndexShown(frame), Is.EqualTo(first + index), $"read {repeat}, at {start:0.###} s");
        }
    }

    [TestCaseSource(nameof(Files))]
    public void Steps_forward_and_back_give_the_frame_shown_then(string file, int first, int frames, bool varies)
    {
        using VideoReader reader = Open(file);
        using VideoFrame frame = FramePool.Shared.Rent();
        int index = frames / 2;
        Random random = new(1);
        for (int repeat = 0; repeat < 100; repeat++)
        {
            index = Math.Clamp(index + random.Next(-3, 8), 0, frames - 1);
            reader.ReadAt(StartOf(index, varies) + 0.004, frame);
            Assert.That(IndexShown(frame), Is.EqualTo(first + index));
            if (random.Next(4) == 0 && index + 1 < frames)
            {
                Assert.That(reader.ReadNext(frame), Is.True);
                Assert.That(IndexShown(frame), Is.EqualTo(first + ++index));
            }
        }
    }

    [TestCase("count.mp4")]
    [TestCase("count_mpeg4.avi")]
    public void A_frames_own_start_gives_that_frame(string file)
    {
        using VideoReader reader = Open(file);
        using VideoFrame frame = FramePool.Shared.Rent();
        for (int index = 0; index < 200; index++)
        {
            // A start that rounding made a little too small still means its frame.
            reader.ReadAt(Math.BitDecrement(index / 25.0), frame);
            Assert.That(IndexShown(frame), Is.EqualTo(index));
        }
    }

    [Test]
    public void Times_outside_give_the_first_and_the_last_frame()
    {
        using VideoReader reader = Open("count.mp4");
        using VideoFrame last = reader.Read(1e9);
        Assert.That(IndexShown(last), Is.EqualTo(199));
        using VideoFrame first = reader.Read(-5);
        Assert.That(IndexShown(first), Is.Zero);
        Assert.That(() => reader.Read(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase("count.mp4", 1)]
    [TestCase("count.mp4", 3)]
    [TestCase("count_hevc.mp4", 4)]
    public void Decoder_threads_change_nothing(string file, int threads)
    {
        using VideoReader reader = new(VideoFixtures.File("made/" + file), new VideoReaderOptions { Threads = threads });
        using VideoFrame frame = FramePool.Shared.Rent();
        foreach (int index in new[] { 150, 3, 4, 5, 90, 199, 0 })
        {
            reader.ReadAt(index / 25.0, frame);
            Assert.That(IndexShown(frame), Is.EqualTo(index));
        }
    }

    /// <summary>Eight blocks of 16 columns, dark (40) or bright (200), lowest bit left.</summary>
    internal static int IndexShown(VideoFrame frame)
    {
        ReadOnlySpan<byte> middleRow = frame.Row(0, frame.Format.Height / 2);
        int index = 0;
        for (int bit = 0; bit < 8; bit++)
            index |= middleRow[(2 * bit + 1) * frame.Format.Width / 16] > 120 ? 1 << bit : 0;
        return index;
    }

    /// <summary>25 frames a second, or each delayed by up to 32 ms in a pattern of five.</summary>
    private static double StartOf(int index, bool varies) => (index * 40 + (varies ? index * 7 % 5 * 8 : 0)) / 1000.0;

    private static VideoReader Open(string file) => new(VideoFixtures.File("made/" + file));
}
