using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

public class ReaderLifetimeTests
{
    [TestCase("gopro3s_hevc.mp4")]
    [TestCase("made/pixels_bgr0.mkv")]
    [TestCase("made/sound.m4a")]
    public void Opening_and_closing_two_hundred_times_leaks_nothing(string file)
    {
        OpenReadClose(file, 20);
        int files = OpenFiles();
        long memory = ResidentBytes();
        OpenReadClose(file, 200);
        Assert.That(OpenFiles(), Is.LessThanOrEqualTo(files + 2));
        // One leaked decoder of the HEVC file would cost more than 1 MB each time: 200 MB. The rest is the runtime's own noise.
        Assert.That(ResidentBytes() - memory, Is.LessThan(60_000_000));
    }

    [Test]
    public void Disposing_twice_and_reading_after_it_are_safe()
    {
        VideoReader reader = new(VideoFixtures.File("made/count.mp4"));
        VideoFrame frame = reader.Read(1);
        frame.Dispose();
        frame.Dispose();
        Assert.That(frame.Bytes.Length, Is.Zero);
        reader.Dispose();
        reader.Dispose();
        Assert.That(() => reader.Read(0), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Readers_work_side_by_side()
    {
        Parallel.For(0, 4, worker =>
        {
            using VideoReader reader = new(VideoFixtures.File("made/count.mp4"));
            Random random = new(worker);
            for (int repeat = 0; repeat < 50; repeat++)
            {
                int index = random.Next(200);
                using VideoFrame frame = reader.Read(index / 25.0);
                Assert.That(FrameExactnessTests.IndexShown(frame), Is.EqualTo(index));
            }
        });
    }

    private static void OpenReadClose(string file, int times)
    {
        for (int time = 0; time < times; time++)
        {
            try
            {
                using VideoReader reader = new(VideoFixtures.File(file));
                using VideoFrame frame = reader.Read(0.1);
            }
            catch (DoRA.Kernels.UserException)
            {
                // A file that is refused must leak nothing either.
            }
        }
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static int OpenFiles() => Directory.GetFiles("/proc/self/fd").Length;

    private static long ResidentBytes() => Environment.WorkingSet;
}
