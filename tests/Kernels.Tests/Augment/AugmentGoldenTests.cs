using System.Globalization;
using System.Text.Json;
using DoRA.Kernels.Augment;
using DoRA.References;

namespace DoRA.Kernels.Tests.Augment;

/// <summary>
/// Every tensor of the golden file <c>augment</c>. PIL rounds or truncates to 8 bits after each operation, this engine never does;
/// differences are counted in levels of 1/255, and every bound is the sum of what PIL's roundings can amount to.
/// </summary>
[Category(Golden.Category)]
public class AugmentGoldenTests
{
    // Float arithmetic, in levels: 255 times a few 1e-6.
    private const double Arithmetic = 2e-3;

    private readonly GoldenFile _golden = Golden.Open("augment");
    private readonly JsonElement _boxes = Golden.Manifest("augment_manifest.json").GetProperty("augment").GetProperty("boxes");
    private PictureSize _size;
    private float[] _image = [];

    [OneTimeSetUp]
    public void ReadImage()
    {
        int[] shape = _golden.Shape("image");
        _size = new(shape[0], shape[1]);
        _image = [.. Planar(_golden.Doubles("image"), _size).Select(level => (float)(level / 255))];
    }

    [OneTimeTearDown]
    public void Close() => _golden.Dispose();

    [Test]
    public void Every_tensor_of_the_file_is_compared()
    {
        string[] kinds =
        [
            "image", "brightness", "contrast", "saturation", "hue", "grayscale", "blur", "crop_bicubic_", "crop_bilinear_tensor_", "chain",
        ];
        Assert.That(_golden.Names.Where(name => !kinds.Any(name.StartsWith)), Is.Empty);
    }

    [Test]
    public void Brightness()
    {
        // The blend is cut to a whole number: less than one level.
        foreach ((string name, float factor) in Variants("brightness/"))
        {
            CompareLevels(name, Whole() with { Color1 = new(ColorOperation.Brightness, factor) }, (_, _) => 1);
        }
    }

    [Test]
    public void Contrast()
    {
        // Lumas and then their mean are rounded, half a level each, times |1 − factor|; then the cut.
        foreach ((string name, float factor) in Variants("contrast/"))
        {
            CompareLevels(name, Whole() with { Color1 = new(ColorOperation.Contrast, factor) }, (_, _) => 1 + Math.Abs(1 - factor));
        }
    }

    [Test]
    public void Saturation()
    {
        // The luma is rounded, half a level times |1 − factor|; then the cut.
        foreach ((string name, float factor) in Variants("saturation/"))
        {
            CompareLevels(name, Whole() with { Color1 = new(ColorOperation.Saturation, factor) },
                (_, _) => 1 + (0.5 * Math.Abs(1 - factor)));
        }
    }

    [Test]
    public void Hue()
    {
        foreach ((string name, float factor) in Variants("hue/"))
        {
            CompareLevels(name, Whole() with { Color1 = new(ColorOperation.Hue, factor) }, (_, chroma) => HueLevels(factor, chroma));
        }
    }

    [Test]
    public void Grayscale() => CompareLevels("grayscale", Whole() with { Grayscale = true }, (_, _) => 0.5);

    [Test]
    public void Blur()
    {
        // Six box blurs, each rounded: half a level each, carried on by averages which do not enlarge it. Weights of 24 bits: nothing.
        foreach ((string name, float radius) in Variants("blur/"))
        {
            CompareLevels(name, Whole() with { BlurRadius = radius }, (_, _) => 3);
        }
    }

    [Test]
    public void Bicubic_crops()
    {
        // Rows are rounded to half a level, which the columns' weights, whose magnitudes sum to 1.25 at most, enlarge; then columns are
        // rounded.
        foreach ((string name, CropBox box, PictureSize size) in Crops("crop_bicubic_"))
        {
            CompareLevels(name, new() { Box = box, Filter = ResizeFilter.Bicubic }, size, (_, _) => 0.5 + (0.5 * 1.25));
        }
    }

    [Test]
    public void Bilinear_crops_of_float_tensors()
    {
        // Both sides compute in float32: four products of values up to 1, and our normalisation back and forth; 2e-6 as for every golden
        // tensor.
        foreach ((string name, CropBox box, PictureSize size) in Crops("crop_bilinear_tensor_"))
        {
            double[] actual = AugmentRig.Denormalized(AugmentRig.Views(_image, _size, size,
                new ViewRecipe { Box = box, Filter = ResizeFilter.Bilinear })[0]);
            GoldenComparison comparison = _golden.Compare(name, actual);
            Assert.That(comparison.Passes, comparison.ToString());
        }
    }

    [Test]
    public void Bilinear_crops_of_decoded_frames()
    {
        // The picture as a 12-bit 4:4:4 frame: each sample is rounded by half of 1/4095, which the matrix enlarges by 1 + 2(1 − k_b) at
        // most.
        FrameFormat format = new(_size.Width, _size.Height, 0, 0, 12, true, ColorMatrix.Bt601, 0);
        byte[] frame = ToFrame(format);
        double tolerance = 0.5 / 4095 * (1 + (2 * (1 - 0.114)));
        foreach ((string name, CropBox box, PictureSize size) in Crops("crop_bilinear_tensor_"))
        {
            IEnumerable<double> actual = AugmentRig.Crops(frame, format, size, box)[0].Select(value => (double)value);
            double error = AugmentRig.LargestDifference(actual, _golden.Doubles(name));
            Assert.That(!(error <= tolerance + 1e-6), Is.False, $"{name}: {error}");
        }
    }

    [Test]
    public void The_whole_chain()
    {
        int[] shape = _golden.Shape("chain/uint8");
        PictureSize size = new(shape[0], shape[1]);
        ViewRecipe recipe = new()
        {
            Box = Box("down"),
            Filter = ResizeFilter.Bicubic,
            Flip = true,
            Color1 = new(ColorOperation.Contrast, 1.2f),
            Color2 = new(ColorOperation.Hue, 0.05f),
            Color3 = new(ColorOperation.Brightness, 0.9f),
            Color4 = new(ColorOperation.Saturation, 1.1f),
            BlurRadius = 0.8f,
        };

        // Each step passes on the error before it and adds its own, as above. Contrast and saturation stretch by factor + |1 − factor|; a
        // turn by s sixths of a circle passes on (1 − s) + 1 + (1 + s) = 3 at most, as its channels are v − (g − b) − s(r − b) and the
        // like.
        double[] expected = Planar(_golden.Doubles("chain/uint8"), size);
        double[] chroma = Chroma(expected, size.Pixels);
        double[] actual = [.. AugmentRig.Denormalized(AugmentRig.Views(_image, _size, size, recipe)[0]).Select(value => value * 255)];
        double worstChroma = 1.5 * chroma.Max();
        double resized = 0.5 + (0.5 * 1.25), contrast = (1.4 * resized) + 1 + 0.2, hue = (3 * contrast) + HueLevels(0.05, worstChroma);
        double bound = (((hue * 0.9) + 1) * 1.2) + 1 + 0.05 + 3;
        // The bound of the worst pixel is wide, since it lets every rounding conspire. On average over a picture cuts lose half a level
        // each (three), the hue's cut half a step as well, and roundings cancel: two levels and the average shift of the hue.
        double typical = 2 + (HueLevels(0.05, chroma.Average()) * 0.9 * 0.5);
        Check("chain/uint8", actual, expected, (_, _) => bound, typical);

        double[] normalized = _golden.Doubles("chain/normalised");
        double[] levels = [.. normalized.Select((value, i) =>
            ((value * AugmentKernels.StandardDeviation[i / size.Pixels]) + AugmentKernels.Mean[i / size.Pixels]) * 255)];
        Check("chain/normalised", actual, levels, (_, _) => bound, typical);
    }

    /// <summary>
    /// The hue is kept in 255 steps of a turn, cut downwards (less than one step), the shift is cut towards zero, and 256 steps are
    /// counted to the turn where it wraps (one step more); a step of the hue moves a channel by 6 · chroma/255. The saturation is cut
    /// (one level of the lowest channel), the channels are rounded.
    /// </summary>
    private static double HueLevels(double factor, double chroma)
    {
        double shift = 255 * factor, cut = shift - Math.Truncate(shift);
        return (6 * chroma / 255 * (Math.Max(Math.Abs(cut), Math.Abs(cut + 1)) + 1)) + 1.5;
    }

    private void CompareLevels(string name, ViewRecipe recipe, Func<double, double, double> bound) =>
        CompareLevels(name, recipe, _size, bound);

    private void CompareLevels(string name, ViewRecipe recipe, PictureSize size, Func<double, double, double> bound)
    {
        double[] actual = [.. AugmentRig.Denormalized(AugmentRig.Views(_image, _size, size, recipe)[0]).Select(value => value * 255)];
        Check(name, actual, Planar(_golden.Doubles(name), size), bound, double.PositiveInfinity);
    }

    /// <param name="bound">Levels allowed, from the golden value and the chroma of the picture's pixel.</param>
    private void Check(string name, double[] actual, double[] expected, Func<double, double, double> bound, double typical)
    {
        int pixels = expected.Length / 3;
        double[] chroma = pixels == _size.Pixels ? Chroma([.. _image.Select(value => value * 255.0)], pixels) : Chroma(expected, pixels);
        double worst = 0, mean = 0, allowed = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double limit = bound(expected[i], chroma[i % pixels]) + Arithmetic, difference = Math.Abs(actual[i] - expected[i]);
            Assert.That(!(difference <= limit), Is.False, $"{name}[{i}]: {actual[i]} against {expected[i]}, {limit} levels allowed");
            worst = Math.Max(worst, difference);
            mean += difference / expected.Length;
            allowed = Math.Max(allowed, limit);
        }

        Assert.That(!(mean <= typical), Is.False, $"{name}: {mean} levels on average");
        ParityTable.Add(new("augment", name, worst / 255, allowed / 255));
        TestContext.Out.WriteLine($"{name}: at most {worst:F2} levels, {mean:F3} on average, {allowed:F2} allowed");
    }

    private ViewRecipe Whole() => new() { Box = CropBox.Whole(_size) };

    private IEnumerable<(string Name, float Factor)> Variants(string prefix) =>
        _golden.Names.Where(name => name.StartsWith(prefix))
            .Select(name => (name, float.Parse(name[prefix.Length..], CultureInfo.InvariantCulture)));

    private IEnumerable<(string Name, CropBox Box, PictureSize Size)> Crops(string prefix) =>
        _golden.Names.Where(name => name.StartsWith(prefix)).Select(name =>
        {
            int[] shape = _golden.Shape(name);
            int side = int.Parse(name[prefix.Length..name.IndexOf('/')], CultureInfo.InvariantCulture);
            Assert.That(shape, Does.Contain(side));
            return (name, Box(name[(name.IndexOf('/') + 1)..]), new PictureSize(side, side));
        });

    private CropBox Box(string name)
    {
        JsonElement box = _boxes.GetProperty(name);
        return new(box.GetProperty("top").GetInt32(), box.GetProperty("left").GetInt32(), box.GetProperty("height").GetInt32(),
            box.GetProperty("width").GetInt32());
    }

    private byte[] ToFrame(FrameFormat format)
    {
        byte[] frame = new byte[format.Bytes];
        int pixels = _size.Pixels;
        for (int i = 0; i < pixels; i++)
        {
            (double red, double green, double blue) = (_image[i], _image[pixels + i], _image[(2 * pixels) + i]);
            double luma = (0.299 * red) + (0.587 * green) + (0.114 * blue);
            Put(i, luma * 4095);
            Put(pixels + i, ((blue - luma) / (2 * (1 - 0.114)) * 4095) + 2048);
            Put((2 * pixels) + i, ((red - luma) / (2 * (1 - 0.299)) * 4095) + 2048);
        }

        return frame;

        void Put(int sample, double value) =>
            BitConverter.TryWriteBytes(frame.AsSpan(2 * sample), (ushort)Math.Clamp(Math.Round(value), 0, 4095));
    }

    /// <summary>Largest less smallest channel of each pixel, in levels.</summary>
    private static double[] Chroma(double[] planes, int pixels) => [.. Enumerable.Range(0, pixels).Select(i =>
    {
        (double red, double green, double blue) = (planes[i], planes[pixels + i], planes[(2 * pixels) + i]);
        return Math.Max(red, Math.Max(green, blue)) - Math.Min(red, Math.Min(green, blue));
    })];

    /// <summary>[height, width, 3] to [3, height, width].</summary>
    private static double[] Planar(double[] interleaved, PictureSize size) =>
        [.. Enumerable.Range(0, interleaved.Length).Select(i => interleaved[(i % size.Pixels * 3) + (i / size.Pixels)])];
}
