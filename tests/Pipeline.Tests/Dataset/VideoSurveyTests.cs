using DoRA.Pipeline.Dataset;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Dataset;

public class VideoSurveyTests
{
    private static readonly double[] CutTimes = [1.2];

    /// <summary>The first frames from each half second on, 0.04 s apart.</summary>
    private static readonly double[] SampleTimes = [0, 0.52, 1, 1.52];

    /// <summary>L* of these colours in sRGB, as tables of the field have it.</summary>
    [TestCase(0, 0, 0, 0.0)]
    [TestCase(255, 255, 255, 100.0)]
    [TestCase(119, 119, 119, 50.034)]
    [TestCase(255, 0, 0, 53.241)]
    [TestCase(0, 255, 0, 87.735)]
    [TestCase(0, 0, 255, 32.297)]
    public void Lightness_is_that_of_CIE(byte red, byte green, byte blue, double expected) =>
        // Tables take the matrix of sRGB with one or two digits more.
        Assert.That(Lightness.Mean(new RgbImage(2, 1, [red, green, blue, red, green, blue])), Is.EqualTo(expected).Within(0.01));

    [Test]
    public void Lightness_goes_with_the_film()
    {
        VideoStatistics found = Survey(50, i => TestFilm.Plain((byte)(i < 25 ? 60 : 200)));
        Assert.That(found.Frames, Is.EqualTo(50));
        Assert.That(found.Seconds, Is.EqualTo(2).Within(1e-3));
        Assert.That(found.Samples.Select(sample => sample.Seconds), Is.EqualTo(SampleTimes).Within(1e-3));
        foreach (FrameSample sample in found.Samples)
        {
            double expected = Lightness.Mean(TestFilm.Plain((byte)(sample.Seconds < 1 ? 60 : 200)));
            // Limited range and the encoder round luma by one step each, of 255/219 levels; L* rises by less than 0.5 a level here.
            Assert.That(sample.Lightness, Is.EqualTo(expected).Within(2 * 255 / 219.0 * 0.5));
            Assert.That(sample.Motion, Is.Null, "a plain picture has nothing to follow");
        }
    }

    [Test]
    public void A_cut_is_found_at_its_frame()
    {
        VideoStatistics found = Survey(50, i => TestFilm.Cells(i < 30 ? 1 : 2, 0));
        Assert.That(found.Cuts, Is.EqualTo(CutTimes).Within(1e-3));
        Assert.That(found.Shots, Is.EqualTo(2));
        Assert.That(found.Samples.Single(sample => Math.Abs(sample.Seconds - 1) < 1e-3).Motion, Is.Null, "across a cut nothing is followed");
        Assert.That(found.Motion!.Most, Is.Zero);
    }

    [Test]
    public void A_pan_has_its_speed_and_no_cut()
    {
        const int step = 3;
        VideoStatistics found = Survey(50, i => TestFilm.Cells(1, step * i));
        double expected = (double)step * TestFilm.FramesPerSecond / TestFilm.Height;
        Assert.That(found.Cuts, Is.Empty);
        // Places are whole pixels, and so is the pan.
        double half = 0.5 / TestFilm.Height / VideoSurvey.MotionSeconds;
        Assert.That(found.Motion!.Least, Is.EqualTo(expected).Within(half));
        Assert.That(found.Motion.Most, Is.EqualTo(expected).Within(half));
    }

    [Test]
    public void Differences_are_summed_to_the_last_byte()
    {
        byte[] first = new byte[1003], second = new byte[1003];
        new Random(1).NextBytes(first);
        new Random(2).NextBytes(second);
        long expected = first.Zip(second, (a, b) => (long)Math.Abs(a - b)).Sum();
        Assert.That(AbsoluteDifferences.Sum(first, second), Is.EqualTo(expected));
    }

    [Test]
    public void It_can_be_interrupted()
    {
        using TemporaryFolder folder = new();
        string film = TestFilm.Make(folder.File("film.mp4"), 5, i => TestFilm.Plain(60));
        Assert.That(() => new VideoSurvey(new(), 2).Run(film, new Dictionary<long, FrameLabels>(), (_, _) => { }, new(true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private static VideoStatistics Survey(int frames, Func<int, RgbImage> picture)
    {
        using TemporaryFolder folder = new();
        string film = TestFilm.Make(folder.File("film.mp4"), frames, picture);
        return new VideoSurvey(new VideoReaderOptions(), 2).Run(film, new Dictionary<long, FrameLabels>(), (_, _) => { }, CancellationToken.None);
    }
}
