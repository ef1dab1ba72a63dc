using CsCheck;
using DoRA.Kernels.Augment;
using DoRA.Kernels.Tests.Augment;

namespace DoRA.Kernels.Tests;

/// <summary>Views of the CPU engine against the double reference, at odd sizes.</summary>
public class AugmentTests
{
    // Resize sums some 30 products twice, and each later operation a few more, all of magnitude 1, at 6e-8 each: 1e-5 leaves four times
    // that.
    private const double Tolerance = 1e-5;

    // A hue is a quotient by the chroma: a difference of 1e-6 in the channels becomes 1e-6 × (2 + 6 · turn) after multiplying back,
    // whatever the chroma; contrast, saturation and brightness up to 2 stretch it. Five such operations after each other: below 1e-4.
    private const double ChainTolerance = 1e-4;

    private static readonly Gen<CropBox> Boxes =
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[0, 9], Gen.Int[0, 9],
            (height, width, top, left) => new CropBox(top, left, height, width));

    [Test]
    public void Resize_and_flip_agree_with_the_reference() =>
        Gen.Select(Boxes, Gen.Int[1, 37], Gen.Int[1, 37], Gen.Bool, Gen.Bool, Gen.Int).Sample(
            (box, height, width, bicubic, flip, seed) =>
            {
                ViewRecipe recipe = new() { Box = box, Filter = bicubic ? ResizeFilter.Bicubic : ResizeFilter.Bilinear, Flip = flip };
                return Error(recipe, new(49, 50), new(height, width), seed) <= Tolerance;
            },
            iter: 200);

    [TestCase(ColorOperation.Brightness)]
    [TestCase(ColorOperation.Contrast)]
    [TestCase(ColorOperation.Saturation)]
    [TestCase(ColorOperation.Hue)]
    public void Color_operations_agree_with_the_reference(ColorOperation operation) =>
        Gen.Select(Gen.Int[1, 21], Gen.Int[1, 21], Gen.Float[operation == ColorOperation.Hue ? -0.5f : 0, 2], Gen.Int).Sample(
            (height, width, factor, seed) =>
            {
                ViewRecipe recipe = new() { Box = new(0, 0, height, width), Color3 = new(operation, factor) };
                return Error(recipe, new(height, width), new(height, width), seed) <= Tolerance;
            },
            iter: 100);

    [Test]
    public void Blur_agrees_with_the_reference() =>
        Gen.Select(Gen.Int[1, 21], Gen.Int[1, 21], Gen.Float[0.01f, 5], Gen.Int).Sample(
            (height, width, radius, seed) =>
            {
                ViewRecipe recipe = new() { Box = new(0, 0, height, width), BlurRadius = radius };
                return Error(recipe, new(height, width), new(height, width), seed) <= Tolerance;
            },
            iter: 100);

    [Test]
    public void Whole_chains_agree_with_the_reference() =>
        Gen.Select(Boxes, Gen.Int[1, 30], Gen.Bool, Gen.Bool, Gen.Float[0.1f, 2], Gen.Int).Sample(
            (box, side, grayscale, solarize, radius, seed) =>
            {
                ColorOperation[] order = [.. Enum.GetValues<ColorOperation>().Skip(1)];
                Random random = new(seed);
                random.Shuffle(order);
                ColorStep Step(int i) =>
                    new(order[i], order[i] == ColorOperation.Hue ? random.NextSingle() - 0.5f : 0.5f + random.NextSingle());
                ViewRecipe recipe = new()
                {
                    Box = box,
                    Filter = ResizeFilter.Bicubic,
                    Flip = true,
                    Color1 = Step(0),
                    Color2 = Step(1),
                    Color3 = Step(2),
                    Color4 = Step(3),
                    Grayscale = grayscale,
                    BlurRadius = radius,
                    Solarize = solarize,
                };
                return Error(recipe, new(49, 50), new(side, side + 3), seed) <= ChainTolerance;
            },
            iter: 100);

    [Test]
    public void Gray_pixels_have_no_hue()
    {
        float[] gray = [.. Enumerable.Range(0, 3 * 35).Select(i => i % 35 / 34f)];
        ViewRecipe recipe = new() { Box = new(0, 0, 5, 7), Color1 = new(ColorOperation.Hue, 0.3f) };
        double[] view = AugmentRig.Denormalized(AugmentRig.Views(gray, new(5, 7), new(5, 7), recipe)[0]);
        Assert.That(!(AugmentRig.LargestDifference(view, gray.Select(value => (double)value)) <= Tolerance), Is.False);
    }

    [Test]
    public void Views_of_a_batch_are_those_made_alone()
    {
        PictureSize cropSize = new(33, 41), viewSize = new(13, 17);
        float[] crop = Noise(cropSize, 5);
        ViewRecipe[] recipes = [.. Enumerable.Range(0, 20).Select(i => new ViewRecipe
        {
            Box = new(i % 5, i % 7, 10 + i, 33 - i),
            Filter = (ResizeFilter)(i % 2),
            Flip = i % 3 == 0,
            Color1 = new(ColorOperation.Contrast, 0.8f),
            BlurRadius = i * 0.1f,
        })];
        float[][] together = AugmentRig.Views(crop, cropSize, viewSize, recipes);
        for (int i = 0; i < recipes.Length; i++)
        {
            Assert.That(together[i], Is.EqualTo(AugmentRig.Views(crop, cropSize, viewSize, recipes[i])[0]), $"view {i}");
        }
    }

    [TestCase(-1, 0, 5, 5)]
    [TestCase(0, 0, 0, 5)]
    [TestCase(3, 0, 8, 5)]
    public void Boxes_outside_the_crop_are_refused(int top, int left, int height, int width)
    {
        ViewRecipe recipe = new() { Box = new(top, left, height, width) };
        Assert.That(() => AugmentRig.Views(Noise(new(10, 10), 1), new(10, 10), new(4, 4), recipe), Throws.ArgumentException);
    }

    private static double Error(ViewRecipe recipe, PictureSize cropSize, PictureSize viewSize, int seed)
    {
        float[] crop = Noise(cropSize, seed);
        double[] actual = AugmentRig.Denormalized(AugmentRig.Views(crop, cropSize, viewSize, recipe)[0]);
        return AugmentRig.LargestDifference(actual,
            AugmentRig.Reference(AugmentRig.Picture(crop, cropSize), recipe, viewSize).Cast<double>());
    }

    // Values on the borders 0 and 1 and equal channels are frequent: that is where cases change.
    private static float[] Noise(PictureSize size, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, 3 * size.Pixels).Select(_ => Math.Clamp((random.NextSingle() * 1.4f) - 0.2f, 0, 1))];
    }
}
