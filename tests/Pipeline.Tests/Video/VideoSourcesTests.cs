using DoRA.Kernels;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Video;
using SkiaSharp;

namespace DoRA.Pipeline.Tests.Video;

/// <summary>Whatever holds frames can stand where a video does: folders of pictures, lists, proxies.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class VideoSourcesTests : IDisposable
{
    private const int Pictures = 30, Width = 64, Height = 48;
    private static readonly VideoReaderOptions TenAsecond = new() { PicturesPerSecond = 10 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestCase("jpg", SKEncodedImageFormat.Jpeg)]
    [TestCase("png", SKEncodedImageFormat.Png)]
    public void A_folder_of_pictures_is_a_video(string end, SKEncodedImageFormat format)
    {
        string folder = WritePictures("walk", end, format);
        VideoInfo video = VideoCollection.Open([folder], TenAsecond).Videos.Single();
        Assert.That(video.DurationSeconds, Is.EqualTo(Pictures / 10.0));
        Assert.That((video.Format.Width, video.Format.Height), Is.EqualTo((Width, Height)));
        using IFrameSequence reader = FrameSources.Open(folder, TenAsecond);
        foreach (int index in (int[])[17, 3, 29, 0, 18])
        {
            using VideoFrame frame = reader.Read((index / 10.0) + 0.05);
            Assert.That(frame.Seconds, Is.EqualTo(index / 10.0).Within(1e-9));
            Assert.That(Gray(frame), Is.EqualTo(8 * index).Within(3), "a level of JPEG's rounding, of luma's and of range's each");
        }
    }

    [Test]
    public void Folders_and_lists_may_mix_everything()
    {
        Directory.CreateDirectory(_folder.File("all"));
        WritePictures(Path.Combine("all", "b-pictures"), "jpg", SKEncodedImageFormat.Jpeg);
        File.Copy(VideoFixtures.File("gopro3s_vp9.webm"), _folder.File(Path.Combine("all", "a.webm")));
        File.WriteAllText(_folder.File(Path.Combine("all", "notes.txt")), "no list here");
        File.WriteAllLines(_folder.File("list.txt"), ["all/a.webm", "", "all/b-pictures"]);
        string[] expected = [_folder.File(Path.Combine("all", "a.webm")), _folder.File(Path.Combine("all", "b-pictures"))];
        foreach (string path in (string[])[_folder.File("all"), _folder.File("list.txt")])
        {
            Assert.That(VideoCollection.Open([path]).Videos.Select(video => Path.GetFullPath(video.Path)), Is.EqualTo(expected));
        }

        Assert.That(VideoFingerprint.Of(expected[1]).Bytes, Is.EqualTo(Directory.GetFiles(expected[1]).Sum(file => new FileInfo(file).Length)));
    }

    [Test]
    public void A_list_s_bad_line_is_named()
    {
        File.WriteAllLines(_folder.File("list.txt"), [VideoFixtures.File("gopro3s_vp9.webm"), "nowhere.mp4"]);
        Assert.That(() => VideoCollection.Open([_folder.File("list.txt")]),
            Throws.TypeOf<UserException>().With.Message.Contains("line 2").And.Message.Contains("nowhere.mp4"));
        File.WriteAllText(_folder.File("empty.txt"), "\n");
        Assert.That(() => VideoCollection.Open([_folder.File("empty.txt")]), Throws.TypeOf<UserException>().With.Message.Contains("names no video"));
    }

    [Test]
    public void Clips_come_from_the_proxy_where_there_is_one()
    {
        string path = VideoFixtures.File("gopro3s_vp9.webm");
        VideoProxy proxy = new ProxyCache(_folder.File("cache")).Make(path, new(120));
        VideoCollection videos = VideoCollection.Open([path]);
        using VideoClipSource direct = VideoClipSource.Open(videos, 2, 0.5, 120, 0);
        using VideoClipSource source = VideoClipSource.Open(videos, 2, 0.5, 120, 0, proxyOf: _ => proxy);
        Assert.That(source.Proxied, Is.EqualTo(new[] { Path.GetFullPath(path) }));
        Assert.That(direct.Proxied, Is.Empty);
        ClipTimes clip = source.Choose(0.4);
        Assert.That(clip.Seconds, Is.EqualTo(direct.Choose(0.4).Seconds), "a proxy changes no clip's times");
        using IClipReader reader = source.Open();
        using VideoFrame frame = reader.Read(clip.Video, clip.Seconds[1]);
        Assert.That(Math.Min(frame.Format.Width, frame.Format.Height), Is.EqualTo(120));
    }

    private static double Gray(VideoFrame frame)
    {
        double mean = frame.Packed()[..(Width * Height)].Average(value => (double)value);
        return frame.Format.FullRange ? mean : (mean - 16) * 255 / 219;
    }

    private string WritePictures(string name, string end, SKEncodedImageFormat format)
    {
        string folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        using SKBitmap picture = new(Width, Height);
        for (int i = 0; i < Pictures; i++)
        {
            picture.Erase(new SKColor((byte)(8 * i), (byte)(8 * i), (byte)(8 * i)));
            using SKData data = picture.Encode(format, 100);
            File.WriteAllBytes(Path.Combine(folder, $"{i:d5}.{end}"), data.ToArray());
        }

        return folder;
    }
}
