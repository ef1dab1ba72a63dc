using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Tests.Runs;
using DoRA.References;
using SkiaSharp;

namespace DoRA.Pipeline.Tests.Evaluation;

public class PictureTests
{
    /// <summary>Another JPEG decoder than Pillow's may be off by a few levels; what the network makes of it must not be.</summary>
    [Test]
    [Category(Golden.Category)]
    public void Jpegs_give_the_features_that_pillows_decoder_gives()
    {
        using GoldenFile golden = Golden.Open("eval/knn_images");
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        string[] files = [.. golden.Info.GetProperty("files").GetString()!.Trim('[', ']').Split(", ").Select(name => name.Trim('"'))];
        float[] features = golden.Floats("features");
        int compared = 0;
        foreach (int image in golden.Integers("keep"))
        {
            string file = Fixtures.PathOf(
                $"pictures/{Path.GetFileName(Path.GetDirectoryName(files[image]))}_{Path.GetFileName(files[image])}");
            if (!File.Exists(file))
            {
                continue;
            }

            RgbImage decoded = RgbImage.Load(file), expected = golden.Planes($"decoded_{image}");
            int largest = decoded.Pixels.Zip(expected.Pixels, (one, other) => Math.Abs(one - other)).Max();
            TestContext.Out.WriteLine($"{file}: largest difference {largest}");
            CenterCrop crop = new(golden.Shape($"pre_{image}")[1]);
            float[] cls = encoder.Cls(Normalization.ImageNet.Apply(crop.Apply(decoded)), 1, crop.Size, crop.Size);
            Assert.That(Cosine(cls, features.AsSpan(image * encoder.Width, encoder.Width)), Is.GreaterThan(0.999));
            compared++;
        }

        if (compared == 0)
        {
            Assert.Ignore("These goldens are of other pictures than the fixtures.");
        }
    }

    [Test]
    public void Labels_survive_a_file()
    {
        using TemporaryFolder folder = new();
        LabelImage labels = new(300, 7, [.. Enumerable.Range(0, 2100).Select(i => (byte)(i * 7))]);
        PngLabels.Write(folder.File("labels.png"), labels);
        LabelImage read = PngLabels.Read(folder.File("labels.png"));
        Assert.That(read.Labels, Is.EqualTo(labels.Labels));
        RgbImage seen = RgbImage.Load(folder.File("labels.png"));
        Assert.That(seen.Pixels[3..6], Is.EqualTo(LabelColors.Palette()[21..24]), "the colour of label 7");
    }

    /// <summary>Skia writes every filter of PNG, which a file of our own does not.</summary>
    [Test]
    public void Filtered_grey_files_are_read()
    {
        using TemporaryFolder folder = new();
        byte[] grey = [.. Enumerable.Range(0, 64 * 48).Select(i => (byte)((i % 64 * 3) + (i / 64 * 2) + (i % 5)))];
        using (SKBitmap bitmap = new(new SKImageInfo(64, 48, SKColorType.Gray8)))
        {
            System.Runtime.InteropServices.Marshal.Copy(grey, 0, bitmap.GetPixels(), grey.Length);
            using FileStream stream = File.Create(folder.File("grey.png"));
            bitmap.Encode(stream, SKEncodedImageFormat.Png, 100);
        }

        Assert.That(PngLabels.Read(folder.File("grey.png")).Labels, Is.EqualTo(grey));
    }

    [Test]
    public void Colours_are_no_labels()
    {
        using TemporaryFolder folder = new();
        using (SKBitmap bitmap = new(8, 8))
        using (FileStream stream = File.Create(folder.File("colours.png")))
        {
            bitmap.Encode(stream, SKEncodedImageFormat.Png, 100);
        }

        Assert.That(() => PngLabels.Read(folder.File("colours.png")),
            Throws.TypeOf<UserException>().With.Message.Contains("colours.png holds colours"));
    }

    [Test]
    public void Files_that_cannot_be_read_are_named()
    {
        using TemporaryFolder folder = new();
        PngLabels.Write(folder.File("whole.png"), new(16, 16, new byte[256]));
        byte[] bytes = File.ReadAllBytes(folder.File("whole.png"));
        File.WriteAllBytes(folder.File("cut.png"), bytes[..^40]);
        File.WriteAllText(folder.File("text.png"), "no picture");
        Assert.That(() => PngLabels.Read(folder.File("cut.png")),
            Throws.TypeOf<UserException>().With.Message.Contains("cut.png is a damaged PNG"));
        Assert.That(() => PngLabels.Read(folder.File("text.png")),
            Throws.TypeOf<UserException>().With.Message.Contains("text.png is no PNG"));
        Assert.That(() => PngLabels.Read(folder.File("none.png")), Throws.TypeOf<UserException>().With.Message.Contains("no label file"));
        Assert.That(() => RgbImage.Load(folder.File("text.png")),
            Throws.TypeOf<UserException>().With.Message.Contains("text.png is no picture"));
        Assert.That(() => RgbImage.Load(folder.File("none.png")), Throws.TypeOf<UserException>().With.Message.Contains("no picture"));
    }

    private static double Cosine(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        double product = 0, first = 0, second = 0;
        for (int i = 0; i < one.Length; i++)
        {
            product += one[i] * (double)other[i];
            first += one[i] * (double)one[i];
            second += other[i] * (double)other[i];
        }

        return product / Math.Sqrt(first * second);
    }
}
