using DoRA.Kernels;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

/// <summary>Files that are no video, or not a whole one: refused in a sentence that names the file and what to do.</summary>
public class BadVideoTests
{
    [TestCase("nowhere.mp4", "no video")]
    [TestCase("made", "is a folder")]
    [TestCase("made/zero.mp4", "is empty")]
    [TestCase("made/text.mp4", "not a video")]
    [TestCase("SOURCE.txt", "no moving picture")]
    [TestCase("made/sound.m4a", "sound but no picture")]
    [TestCase("made/sound_cover.mp3", "sound but no picture")]
    [TestCase("made/cut_index.mp4", "cut off")]
    public void Is_refused(string file, string reason)
    {
        string path = VideoFixtures.File(file);
        UserException? refusal = Assert.Throws<UserException>(() => new VideoReader(path).Dispose());
        Assert.That(refusal!.Message, Does.Contain($"'{path}'").And.Contain(reason).And.EndWith("."));
    }

    [TestCase("made/cut_data.mp4")]
    [TestCase("made/cut.mkv")]
    public void A_file_that_ends_too_early_is_refused(string file)
    {
        string path = VideoFixtures.File(file);
        UserException? refusal = Assert.Throws<UserException>(() => VideoCollection.Open([path]));
        Assert.That(refusal!.Message, Does.Contain($"'{path}' is cut off").And.Contain("declares 8"));
    }

    [Test]
    public void Sound_may_outlast_the_picture()
    {
        VideoInfo video = VideoCollection.Open([VideoFixtures.File("made/sound_outlasts.mkv")]).Videos.Single();
        Assert.That(video.DurationSeconds, Is.EqualTo(75 / 25.0).Within(0.04 + 1e-3), "pictures of 3 s, sound of 8 s");
    }

    /// <summary>Key frames stand 40 apart, so damage somewhere in the second group lasts to frame 80.</summary>
    [Test]
    public void Damage_in_the_middle_is_left_out_and_counted()
    {
        using VideoReader reader = new(VideoFixtures.File("made/damaged.mp4"), new() { DamageLimit = 1 });
        using VideoFrame frame = FramePool.Shared.Rent();
        int frames = 0;
        double last = -1;
        while (reader.ReadNext(frame))
        {
            Assert.That(frame.Seconds, Is.GreaterThan(last));
            last = frame.Seconds;
            frames++;
        }
        VideoSpan[] damaged = [.. reader.Damage.All];
        Assert.That(damaged, Is.Not.Empty);
        Assert.That(frames, Is.EqualTo(200 - (int)Math.Round(25 * reader.Damage.Seconds)));
        reader.ReadAt(0, frame);
        while (reader.ReadNext(frame)) { }
        Assert.That(reader.Damage.All, Is.EqualTo(damaged), "the same damage is counted once");
        reader.ReadAt(199 / 25.0, frame);
        Assert.That(FrameExactnessTests.IndexShown(frame), Is.EqualTo(199));
    }

    [Test]
    public void Too_much_damage_is_refused()
    {
        VideoReaderOptions options = new() { DamageLimit = 0.01 };
        Assert.That(() => ReadAll("made/damaged.mp4", options), Throws.TypeOf<UserException>()
            .With.Message.Contains("is damaged").And.Message.Contains("the 1 % that data.damageLimit allows"));
    }

    [Test]
    public void A_decoder_that_takes_packets_and_gives_nothing_is_given_up()
    {
        // With B-frames the first frame comes only after several packets.
        VideoReaderOptions options = new() { StallPackets = 2 };
        Assert.That(() => ReadAll("made/count.mp4", options), Throws.TypeOf<UserException>().With.Message.Contains("was given up"));
    }

    [Test]
    public void A_read_past_the_time_limit_is_given_up()
    {
        VideoReaderOptions options = new() { StallLimit = TimeSpan.Zero };
        Assert.That(() => ReadAll("made/count.mp4", options), Throws.TypeOf<UserException>().With.Message.Contains("was given up"));
    }

    [Test]
    public void A_named_pipe_does_not_keep_the_program_waiting()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".mp4");
        using (System.Diagnostics.Process made = System.Diagnostics.Process.Start("mkfifo", path))
            made.WaitForExit();
        try
        {
            Assert.That(() => new VideoReader(path), Throws.TypeOf<UserException>().With.Message.Contains("no regular file"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void ReadAll(string file, VideoReaderOptions options)
    {
        using VideoReader reader = new(VideoFixtures.File(file), options);
        using VideoFrame frame = FramePool.Shared.Rent();
        while (reader.ReadNext(frame)) { }
    }
}
