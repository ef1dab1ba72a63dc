using DoRA.Kernels.Augment;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

public class VideoInfoTests
{
    private static readonly object[][] Formats =
    [
        ["made/full_709.mp4", new FrameFormat(48, 32, 1, 1, 8, true, ColorMatrix.Bt709, 0)],
        ["made/limited_601.mp4", new FrameFormat(48, 32, 1, 1, 8, false, ColorMatrix.Bt601, 0)],
        ["made/limited_2020.mp4", new FrameFormat(48, 32, 1, 1, 10, false, ColorMatrix.Bt2020, 0)],
        ["made/untagged_720.mp4", new FrameFormat(1280, 720, 1, 1, 8, false, ColorMatrix.Bt709, 0)],
        ["made/one_frame.mp4", new FrameFormat(64, 64, 1, 1, 8, false, ColorMatrix.Bt601, 0)],
        ["made/turned_90.mp4", new FrameFormat(48, 32, 1, 1, 8, false, ColorMatrix.Bt601, 90)],
        ["made/turned_180.mp4", new FrameFormat(48, 32, 1, 1, 8, false, ColorMatrix.Bt601, 180)],
        ["made/turned_270.mp4", new FrameFormat(48, 32, 1, 1, 8, false, ColorMatrix.Bt601, 270)],
        ["made/pixels_yuv422p10le.mkv", new FrameFormat(50, 34, 1, 0, 10, false, ColorMatrix.Bt601, 0)],
        ["made/pixels_yuv444p12le.mkv", new FrameFormat(50, 34, 0, 0, 12, false, ColorMatrix.Bt601, 0)],
        ["h265_10bits.mp4", new FrameFormat(200, 200, 1, 1, 10, false, ColorMatrix.Bt601, 0)],
        ["gopro3s_hevc.mp4", new FrameFormat(424, 240, 1, 1, 8, true, ColorMatrix.Bt709, 0)],
    ];

    [TestCaseSource(nameof(Formats))]
    public void Colour_and_layout_are_the_files(string file, FrameFormat expected)
    {
        using VideoReader reader = new(VideoFixtures.File(file));
        Assert.That(reader.Info.Format, Is.EqualTo(expected));
        using VideoFrame frame = reader.Read(0);
        Assert.That(frame.Format.Packed(), Is.EqualTo(expected));
        Assert.That(frame.Packed(), Has.Length.EqualTo(expected.Bytes));
        Assert.That(frame.Bytes.Length, Is.EqualTo(frame.Format.Bytes));
    }

    // Start times: 1.4 s is what FFmpeg's MPEG-TS muxer adds.
    [TestCase("made/count.mp4", "h264", 8, 25, 200, 0)]
    [TestCase("made/count_late.ts", "h264", 8, 25, 200, 101.4)]
    [TestCase("made/count_bare.h264", "h264", 8, 25, 200, 0)]
    [TestCase("made/count_vp9.webm", "vp9", 8, 25, 200, 0)]
    [TestCase("made/one_frame.mp4", "h264", 0.1, 10, 1, 0)]
    [TestCase("av1_video.mkv", "av1", 5, 25, 125, 0)]
    [TestCase("gopro3s_mpeg4.avi", "mpeg4", 3.003, 29.97, 90, 0)]
    public void Header_facts(string file, string codec, double duration, double rate, int frames, double start)
    {
        using VideoReader reader = new(VideoFixtures.File(file));
        VideoInfo info = reader.Info;
        Assert.That(info.Codec, Is.EqualTo(codec));
        Assert.That(info.DurationSeconds, Is.EqualTo(duration).Within(0.01));
        Assert.That(info.FramesPerSecond, Is.EqualTo(rate).Within(0.01));
        Assert.That(info.FrameCountEstimate, Is.EqualTo(frames));
        Assert.That(info.StartSeconds, Is.EqualTo(start).Within(0.001));
    }

    [Test]
    public void Hash_is_the_files_sha256()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "abc");
            // The example of FIPS 180-4.
            Assert.That(VideoHash.Sha256(path), Is.EqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
            File.WriteAllText(path, "abcd");
            Assert.That(VideoHash.Sha256(path), Does.Not.StartWith("ba78"));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
