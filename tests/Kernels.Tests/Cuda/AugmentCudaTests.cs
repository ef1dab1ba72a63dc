using DoRA.Kernels.Augment;
using DoRA.Kernels.Tests.Augment;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class AugmentCudaTests
{
    // As for the CPU engine against its reference (AugmentTests), on both sides, after the division by deviations above 0.22: resize and
    // blur are sums of some 30 products of magnitude 1, twice; hues and contrasts stretch their error by up to ten.
    private const double Tolerance = 2 * 1e-5 / 0.22, ChainTolerance = 2 * 1e-4 / 0.22;

    [TestCase(ResizeFilter.Bicubic, false, 33, 41, 13, 18)]
    [TestCase(ResizeFilter.Bilinear, true, 10, 21, 17, 35)]
    [TestCase(ResizeFilter.Bicubic, true, 40, 3, 2, 9)]
    public void Resized_views_are_the_cpu_s(ResizeFilter filter, bool flip, int boxHeight, int boxWidth, int height, int width) =>
        Views(new(height, width), Tolerance, new ViewRecipe { Source = 1, Box = new(2, 1, boxHeight, boxWidth), Filter = filter,
            Flip = flip });

    [Test]
    public void Whole_chains_are_the_cpu_s() => Views(
        new(11, 14), ChainTolerance,
        new ViewRecipe
        {
            Box = new(0, 3, 30, 25),
            Filter = ResizeFilter.Bicubic,
            Flip = true,
            Color1 = new(ColorOperation.Hue, -0.2f),
            Color2 = new(ColorOperation.Contrast, 1.4f),
            Color3 = new(ColorOperation.Saturation, 0.6f),
            Color4 = new(ColorOperation.Brightness, 1.2f),
            BlurRadius = 1.7f,
        },
        new ViewRecipe { Source = 1, Box = new(0, 0, 11, 14), Color2 = new(ColorOperation.Brightness, 0.7f), Grayscale = true,
        Solarize = true }, new ViewRecipe { Box = new(4, 4, 9, 9), Color3 = new(ColorOperation.Hue, 0.5f), BlurRadius = 0.2f,
        Solarize = true });

    [TestCase(0, 8, 1, 1)]
    [TestCase(90, 10, 1, 0)]
    [TestCase(180, 8, 0, 0)]
    [TestCase(270, 12, 1, 1)]
    public void Crops_are_the_cpu_s(int rotation, int bitDepth, int shiftX, int shiftY)
    {
        FrameFormat format = new(19, 13, shiftX, shiftY, bitDepth, rotation == 180, (ColorMatrix)(rotation / 90 % 3), rotation);
        PictureSize size = new(9, 11);
        Random random = new(rotation);
        byte[] first = new byte[format.Bytes], second = new byte[format.Bytes];
        random.NextBytes(first);
        random.NextBytes(second);
        for (int i = 1; bitDepth > 8 && i < first.Length; i += 2)
        {
            first[i] &= (byte)((1 << (bitDepth - 8)) - 1);
            second[i] &= (byte)((1 << (bitDepth - 8)) - 1);
        }

        // One frame as a decoder lays it out: with rows of an odd length in bytes.
        (second, FrameFormat spread) = AugmentRig.Spread(second, format, random);
        byte[] frames = [.. first, .. second];

        // Four samples are weighed and three planes mixed with factors up to 2.2: some twenty roundings of numbers up to 4, on either
        // engine.
        CudaBench.Compare(
            kernels => kernels.Augment,
            (bench, op) =>
            {
                DeviceSpan crops = bench.Undefined(3 * 3 * size.Pixels);
                op.CropFrames(crops, bench.Upload(frames), [
                    new(0, format, new(0, 0, format.DisplayHeight, format.DisplayWidth)), new(format.Bytes, spread, new(3, 2, 7, 5)),
                        new(0, format, new(1, 4, 1, 9))], size);
                return [bench.Download(crops)];
            },
            2 * 80 * Agreement.Rounding);
    }

    private static void Views(PictureSize size, double tolerance, params ViewRecipe[] recipes)
    {
        PictureSize cropSize = new(43, 44);
        IReadOnlyList<PtxMachine.LaunchReport> launches = CudaBench.Compare(
            kernels => kernels.Augment,
            (bench, op) =>
            {
                DeviceSpan views = bench.Undefined(3 * recipes.Length * size.Pixels);
                op.MakeViews(views, bench.Upload(new TestNumbers(1).Uniform(2 * 3 * cropSize.Pixels, 0)), recipes, cropSize, size);
                return [bench.Download(views)];
            },
            tolerance);
        Assert.That(launches, Has.Count.EqualTo(2));
    }
}
