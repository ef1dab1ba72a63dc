using DoRA.Kernels;
using DoRA.Pipeline.Augment;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Clips;

public class VideoClipSourceTests
{
    private static readonly string[] Files = ["gopro3s_av1.mp4", "made/count.mp4"];
    private static readonly ViewSettings Views = new() { ClipCrop = 40, GlobalSize = 32, LocalSize = 16, LocalCount = 2 };
    private static readonly ClipLoaderSettings Loading = new() { Seed = 3, Clips = 4, Frames = 2, ClipsPerEpoch = 64, Workers = 2 };

    [TestCase(0)]
    [TestCase(1L << 30)]
    public void Frames_are_those_of_the_videos_from_memory_or_decoded(long storeBytes)
    {
        VideoCollection videos = Open();
        using VideoClipSource source = VideoClipSource.Open(videos, 2, 0.3, shortSide: 4096, storeBytes);
        Assert.That(source.StoredBytes > 0, Is.EqualTo(storeBytes > 0));
        using IClipReader clips = source.Open();
        foreach (double place in new[] { 0, 0.3, 0.7, 0.999 })
        {
            ClipTimes times = source.Choose(place);
            using VideoReader reader = new(videos.Videos[times.Video].Path);
            foreach (double seconds in times.Seconds)
            {
                using VideoFrame frame = clips.Read(times.Video, seconds), expected = reader.Read(seconds);
                Assert.That(frame.Format.Packed(), Is.EqualTo(expected.Format.Packed()));
                Assert.That(frame.Packed().SequenceEqual(expected.Packed()), $"video {times.Video} at {seconds} s");
            }
        }
    }

    [Test]
    public void Batches_of_videos_are_the_same_from_memory_and_decoded_by_any_number_of_threads()
    {
        VideoCollection videos = Open();
        using VideoClipSource decoded = VideoClipSource.Open(videos, 2, 0.3, shortSide: 4096, storeBytes: 0);
        using VideoClipSource stored = VideoClipSource.Open(videos, 2, 0.3, shortSide: 4096, storeBytes: 1L << 30);
        using CpuDevice device = new(1);
        using ClipLoader one = new(decoded, ViewRules.Dora(Views), Loading with { Workers = 1 }, device),
            other = new(stored, ViewRules.Dora(Views), Loading, device);
        for (int step = 0; step < 3; step++)
        {
            ClipBatch a = one.Next(), b = other.Next();
            Assert.That(a.Globals.SequenceEqual(b.Globals) && a.Locals.SequenceEqual(b.Locals), $"step {step}");
            float[] pixels = a.Globals.ToArray();
            Assert.That(pixels.Max() - pixels.Min(), Is.GreaterThan(1), "pictures, not plain color");
        }
    }

    [Test]
    public void Clips_longer_than_every_video_are_refused() =>
        Assert.That(() => VideoClipSource.Open(Open(), 100, 1, shortSide: 144, storeBytes: 0), Throws.TypeOf<UserException>());

    private static VideoCollection Open() => VideoCollection.Open([.. Files.Select(VideoFixtures.File)]);
}
