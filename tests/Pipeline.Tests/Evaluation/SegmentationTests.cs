using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Segmentation;
using DoRA.Pipeline.Tests.Runs;

namespace DoRA.Pipeline.Tests.Evaluation;

public class SegmentationTests
{
    private const int Width = 48, Height = 32;

    /// <summary>Left dark, right bright: what a linear head on almost any features can tell apart.</summary>
    [Test]
    public void A_head_learns_what_brightness_tells()
    {
        using TemporaryFolder folder = new();
        foreach (string part in (string[])["training", "validation"])
        {
            Write(folder, $"images/{part}/one.png", (x, _) => x < 24 ? 3 : 63);
            Write(folder, $"annotations/{part}/one.png", (x, y) => y == 0 ? 0 : x < 24 ? 1 : 2);
        }

        using CpuDevice device = new(1);
        using FrozenEncoder encoder = new(device, new(24, 1, 3, 8, 64), "", Model.LinearInitialisation.UniformFanIn);
        encoder.Parameters.Initialise(1);
        Directory.CreateDirectory(folder.File("out"));
        SegmentationResults results = new SegmentationEvaluation(encoder, new(40, 2, 32, 0.05, 1), folder.File("out"))
            .Run(SegmentationData.Open(folder.Path, 2), (_, _) => { }, CancellationToken.None);
        Assert.That(results.PixelAccuracy, Is.GreaterThan(0.85));
        Assert.That(results.MeanIou, Is.GreaterThan(0.7));
        Assert.That(string.Join(' ', PngLabels.Read(folder.File("out/one.png")).Values()), Is.EqualTo("0 1"));
    }

    [TestCase(512, 512, 341, "0")]
    [TestCase(683, 512, 341, "0 171")]
    [TestCase(1000, 512, 341, "0 341 488")]
    public void Windows_cover_a_side(int side, int crop, int stride, string starts) =>
        Assert.That(string.Join(' ', SlidingWindow.Starts(side, crop, stride)), Is.EqualTo(starts));

    [Test]
    public void Data_that_do_not_fit_are_named()
    {
        using TemporaryFolder folder = new();
        Assert.That(() => SegmentationData.Open(folder.Path, 0), BadInput.Saying("neither as ADE20K", "CamVid", "--train"));
        Assert.That(() => SegmentationData.Open([folder.Path], [], false, 0), BadInput.Saying("--train and --test each take two folders"));
        Write(folder, "train/one.png", (_, _) => 1);
        Directory.CreateDirectory(folder.File("trainannot"));
        Assert.That(() => SegmentationData.Open(folder.Path, 0), BadInput.Saying("no label file", "one.png", "one.png belongs"));
        Write(folder, "trainannot/one.png", (x, _) => x % 12);
        Assert.That(() => SegmentationData.Open(folder.Path, 0), BadInput.Saying("There is no folder", "test"));
        Directory.CreateDirectory(folder.File("test"));
        Directory.CreateDirectory(folder.File("testannot"));
        Assert.That(() => SegmentationData.Open(folder.Path, 0), BadInput.Saying("holds no pictures"));
        Write(folder, "test/two.png", (_, _) => 1);
        Write(folder, "testannot/two.png", (_, _) => 20);
        SegmentationData data = SegmentationData.Open(folder.Path, 0);
        Assert.That(data.Classes, Is.EqualTo(12));
        Assert.That(() => data.Test.Load(0, data.Classes), BadInput.Saying("two.png has the label 20", "12 classes", "--classes"));
        PngLabels.Write(folder.File("testannot/two.png"), new(4, 4, new byte[16]));
        Assert.That(() => data.Test.Load(0, data.Classes), BadInput.Saying("two.png is 4×4", $"{Width}×{Height}"));
        Write(folder, "trainannot/one.png", (_, _) => 0);
        Assert.That(() => SegmentationData.Open(folder.Path, 0), BadInput.Saying("trainannot hold 1 classes"));
    }

    [Test]
    public void Settings_that_the_encoder_cannot_work_with_are_named()
    {
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = new(device, new(24, 1, 3, 8, 64));
        Assert.That(() => new SegmentationSettings(Crop: 100, Blocks: 1).Check(encoder), BadInput.Saying("--crop", "100", "8"));
        Assert.That(() => new SegmentationSettings().Check(encoder), BadInput.Saying("--blocks is 4", "1 blocks"));
    }

    private static void Write(TemporaryFolder folder, string name, Func<int, int, int> label)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        PngLabels.Write(folder.File(name),
            new(Width, Height, [.. Enumerable.Range(0, Width * Height).Select(i => (byte)label(i % Width, i / Width))]));
    }
}
