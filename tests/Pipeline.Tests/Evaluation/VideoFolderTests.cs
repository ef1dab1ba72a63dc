using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;
using DoRA.Pipeline.Evaluation.VideoObjects;
using DoRA.Pipeline.Tests.Runs;
using SkiaSharp;

namespace DoRA.Pipeline.Tests.Evaluation;

public class VideoFolderTests
{
    private const int Width = 80, Height = 64;

    /// <summary>Two squares of their own colours on grey, the first moving to the right: an encoder with any weights can follow
    /// them.</summary>
    [Test]
    public void Several_objects_are_followed_and_written_as_palette_files()
    {
        using TemporaryFolder folder = new();
        for (int frame = 0; frame < 4; frame++)
        {
            WriteFrame(folder.File($"data/JPEGImages/480p/squares/{frame:d5}.png"), frame);
            Write(folder.File($"data/Annotations/480p/squares/{frame:d5}.png"), Labels(frame));
        }

        using CpuDevice device = new(1);
        using FrozenEncoder encoder = Encoder(device);
        VosResults results = new VosEvaluation(encoder, new(ShortSide: 64), folder.File("out"))
            .Run(DavisFolder.Open(folder.File("data"), []), (_, _) => { }, CancellationToken.None);
        Assert.That(results.Objects, Has.Count.EqualTo(2));
        Assert.That(results.JAndF, Is.GreaterThan(0.5));
        LabelImage written = PngLabels.Read(folder.File("out/squares/00003.png"));
        Assert.That((written.Width, written.Height), Is.EqualTo((Width, Height)));
        Assert.That(string.Join(' ', written.Values()), Is.EqualTo("0 1 2"));
    }

    [Test]
    public void A_box_is_followed_and_scored()
    {
        using TemporaryFolder folder = new();
        for (int frame = 0; frame < 4; frame++)
        {
            WriteFrame(folder.File($"squares/{frame + 1:d8}.png"), frame);
        }

        File.WriteAllLines(folder.File("squares/groundtruth.txt"), Enumerable.Range(0, 4).Select(frame => $"{8 + (8 * frame)},8,16,16"));
        File.WriteAllLines(folder.File("squares/cover.label"), ["8", "8", "0", "8"]);
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = Encoder(device);
        Directory.CreateDirectory(folder.File("out"));
        TrackResults results = new TrackEvaluation(encoder, new(ShortSide: 64), folder.File("out"))
            .Run(TrackingFolder.Open(folder.Path, []), (_, _) => { }, CancellationToken.None);
        Assert.That(results.All.Frames, Is.EqualTo(2), "the first and the covered one do not count");
        Assert.That(results.All.AverageOverlap, Is.GreaterThan(0.5));
        Assert.That(results.SuccessCurve, Has.Count.EqualTo(TrackingMeasures.SuccessBins));
        Assert.That(File.ReadAllLines(folder.File("out/squares/squares_001.txt")), Has.Length.EqualTo(4));
        Assert.That(File.ReadAllText(folder.File("out/success.svg")), Does.StartWith("<svg").And.Contains("polyline"));
    }

    [Test]
    public void Broken_layouts_of_davis_are_named()
    {
        using TemporaryFolder folder = new();
        Assert.That(() => DavisFolder.Open(folder.Path, []), BadInput.Saying("JPEGImages", "layout of DAVIS"));
        Directory.CreateDirectory(folder.File("JPEGImages/480p"));
        Directory.CreateDirectory(folder.File("Annotations/480p"));
        Assert.That(() => DavisFolder.Open(folder.Path, []), BadInput.Saying("holds no sequences"));
        Assert.That(() => DavisFolder.Open(folder.Path, ["walk"]),
            BadInput.Saying(Path.Combine("480p", "walk"), "one of frames and one of label files"));
        foreach (int frame in Enumerable.Range(0, 3))
        {
            WriteFrame(folder.File($"JPEGImages/480p/walk/{frame:d5}.png"), frame);
        }

        Write(folder.File("Annotations/480p/walk/00000.png"), Labels(0));
        Assert.That(() => DavisFolder.Open(folder.Path, []), BadInput.Saying("00001.png", "every frame of walk"));
    }

    [Test]
    public void Labels_that_do_not_fit_their_frames_are_named()
    {
        using TemporaryFolder folder = new();
        foreach (int frame in Enumerable.Range(0, 3))
        {
            WriteFrame(folder.File($"JPEGImages/480p/walk/{frame:d5}.png"), frame);
            Write(folder.File($"Annotations/480p/walk/{frame:d5}.png"), Labels(frame));
        }

        using CpuDevice device = new(1);
        using FrozenEncoder encoder = Encoder(device);
        void Run() => new VosEvaluation(encoder, new(ShortSide: 64), null)
            .Run(DavisFolder.Open(folder.Path, []), (_, _) => { }, CancellationToken.None);

        Write(folder.File("Annotations/480p/walk/00001.png"), new(4, 4, new byte[16]));
        Assert.That(Run, BadInput.Saying("00001.png is 4×4", $"is {Width}×{Height}", "same size"));
        Write(folder.File("Annotations/480p/walk/00000.png"), new(Width, Height, new byte[Width * Height]));
        Assert.That(Run, BadInput.Saying("00000.png shows no object"));
        WriteFrame(folder.File("Annotations/480p/walk/00000.png"), 0);
        Assert.That(Run, BadInput.Saying("00000.png holds colours"));
        Assert.That(() => FrameGrid.Of(Width, Height, 64, 14), BadInput.Saying("patches of 14", "--short-side"));
    }

    [Test]
    public void Broken_boxes_are_named_with_their_line()
    {
        using TemporaryFolder folder = new();
        Assert.That(() => TrackingFolder.Open(folder.Path, []), BadInput.Saying("holds no sequences", "GOT-10k"));
        WriteFrame(folder.File("walk/1.png"), 0);
        WriteFrame(folder.File("walk/2.png"), 1);
        Assert.That(() => TrackingFolder.Open(folder.Path, ["walk"]), BadInput.Saying("There is no", "groundtruth.txt"));
        File.WriteAllLines(folder.File("walk/groundtruth.txt"), ["1,2,3,4"]);
        Assert.That(() => TrackingFolder.Open(folder.Path, []), BadInput.Saying("groundtruth.txt has 1 lines", "2 frames"));
        File.WriteAllLines(folder.File("walk/groundtruth.txt"), ["1,2,3,4", "1,2,three,4"]);
        Assert.That(() => TrackingFolder.Open(folder.Path, []), BadInput.Saying("groundtruth.txt, line 2", "1,2,three,4"));
        File.WriteAllLines(folder.File("walk/groundtruth.txt"), ["1,2,0,4", "1,2,3,4"]);
        Assert.That(() => TrackingFolder.Open(folder.Path, []), BadInput.Saying("line 1", "width and a height"));
        File.WriteAllLines(folder.File("walk/groundtruth.txt"), ["1,2,3,4", "1,2,3,4"]);
        File.WriteAllLines(folder.File("walk/cover.label"), ["8"]);
        Assert.That(() => TrackingFolder.Open(folder.Path, []), BadInput.Saying("cover.label has 1 lines"));
    }

    private static FrozenEncoder Encoder(Device device)
    {
        FrozenEncoder encoder = new(device, new(24, 1, 3, 8, 64), "", Model.LinearInitialisation.UniformFanIn);
        encoder.Parameters.Initialise(1);
        return encoder;
    }

    private static LabelImage Labels(int frame) =>
        new(Width, Height, [.. Enumerable.Range(0, Width * Height).Select(i => (byte)At(i % Width, i / Width, frame))]);

    private static int At(int x, int y, int frame) =>
        x >= 8 + (8 * frame) && x < 24 + (8 * frame) && y >= 8 && y < 24 ? 1 : x >= 40 && x < 64 && y >= 32 && y < 56 ? 2 : 0;

    private static void Write(string path, LabelImage labels)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        PngLabels.Write(path, labels);
    }

    private static void WriteFrame(string path, int frame)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SKColor[] colors = [SKColors.Gray, SKColors.Red, SKColors.Blue];
        using SKBitmap bitmap = new(Width, Height);
        for (int i = 0; i < Width * Height; i++)
        {
            bitmap.SetPixel(i % Width, i / Width, colors[At(i % Width, i / Width, frame)]);
        }

        using FileStream stream = File.Create(path);
        bitmap.Encode(stream, SKEncodedImageFormat.Png, 100);
    }
}
