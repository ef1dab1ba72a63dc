using DoRA.Kernels;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

public class FFmpegAdviceTests
{
    private const string Debian12 = "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n";
    private static readonly string[] Version5 = ["libavformat.so.59", "libavcodec.so.59", "libavutil.so.57", "libswscale.so.6"];
    private static readonly string[] Version7 = ["libavformat.so.61", "libavcodec.so.61", "libavutil.so.59", "libswscale.so.8"];

    [Test]
    public void Newest_complete_release_is_taken()
    {
        Assert.That(Choose([.. Version5, .. Version7]).Name, Is.EqualTo("7.1"));
        Assert.That(Choose([.. Version5, .. Version7[..3]]).Name, Is.EqualTo("5.1"));
        Assert.That(Choose(["libavformat.so.60", "libavcodec.so.60", "libavutil.so.58", "libswscale.so.7"]).Name, Is.EqualTo("6.1"));
    }

    [Test]
    public void Missing_libraries_name_the_package() =>
        Assert.That(() => Choose([]), Throws.TypeOf<UserException>()
            .With.Message.Contains("not installed").And.Message.Contains("sudo apt-get install libavformat59 libswscale6"));

    [Test]
    public void A_missing_part_is_named() =>
        Assert.That(() => Choose(Version5[..3]), Throws.TypeOf<UserException>().With.Message.Contains("libswscale.so.6 is missing"));

    [Test]
    public void Unknown_version_names_those_that_work() =>
        Assert.That(() => Choose(["libavformat.so.62", "libavcodec.so.62"]), Throws.TypeOf<UserException>()
            .With.Message.Contains("libavformat 62")
            .And.Message.Contains("7.1 (libavformat 61), 6.1 (libavformat 60), 5.1 (libavformat 59) work"));

    [TestCase("ID=debian\nVERSION_ID=\"12\"", "libavformat59 libswscale6")]
    [TestCase("ID=debian\nVERSION_ID=\"13\"", "libavformat61 libswscale8")]
    [TestCase("ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"", "libavformat60 libswscale7")]
    [TestCase("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"22\"", "ffmpeg")]
    [TestCase("ID=fedora\nVERSION_ID=41", null)]
    [TestCase("", null)]
    public void Packages_of_a_system(string osRelease, string? packages) =>
        Assert.That(FFmpegAdvice.AptPackages(osRelease), Is.EqualTo(packages));

    [Test]
    public void Loaded_release_is_a_known_one()
    {
        Assert.That(FFmpegRelease.Known, Does.Contain(FFmpegLibraries.Load()));
        Assert.That(FFmpegLibraries.Version, Does.Contain($"libavformat {FFmpegLibraries.Load().FormatMajor}."));
    }

    private static FFmpegRelease Choose(string[] found) => FFmpegAdvice.Choose(found.Contains, Debian12);
}
