using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.Augment;

/// <summary>A recipe as the kernels read it.</summary>
/// <param name="BlurWhole">The blur's box, −1 for none.</param>
internal readonly record struct CudaRecipe(int Source, CropBox Box, int Bicubic, int Flip, CudaColorStep Color1, CudaColorStep Color2,
    CudaColorStep Color3, CudaColorStep Color4, int Grayscale, int Solarize, int BlurWhole, float BlurInner, float BlurOuter)
{
    public static CudaRecipe Of(in ViewRecipe recipe)
    {
        ExtendedBox blur = recipe.BlurRadius > 0 ? ExtendedBox.OfGaussian(recipe.BlurRadius) : new(-1, 0, 0);
        return new(recipe.Source, recipe.Box, recipe.Filter == ResizeFilter.Bicubic ? 1 : 0, recipe.Flip ? 1 : 0,
            CudaColorStep.Of(recipe.Color1), CudaColorStep.Of(recipe.Color2), CudaColorStep.Of(recipe.Color3),
            CudaColorStep.Of(recipe.Color4), recipe.Grayscale ? 1 : 0, recipe.Solarize ? 1 : 0, blur.Whole, blur.Inner, blur.Outer);
    }
}

/// <summary>A <see cref="ColorOperation"/> and its factor.</summary>
internal readonly record struct CudaColorStep(int Operation, float Factor)
{
    public static CudaColorStep Of(ColorStep step) => new((int)step.Operation, step.Factor);
}

/// <summary>Weights of the luma, and the normalisation as a factor and an offset of each channel.</summary>
internal readonly record struct CudaColors(float LumaRed, float LumaGreen, float LumaBlue, float RedScale, float RedOffset,
    float GreenScale, float GreenOffset, float BlueScale, float BlueOffset)
{
    public static CudaColors OfContract()
    {
        ReadOnlySpan<float> luma = AugmentKernels.Luma, mean = AugmentKernels.Mean, deviation = AugmentKernels.StandardDeviation;
        return new(luma[0], luma[1], luma[2], 1 / deviation[0], -mean[0] / deviation[0], 1 / deviation[1], -mean[1] / deviation[1],
            1 / deviation[2], -mean[2] / deviation[2]);
    }

    public float Luma(float red, float green, float blue) => (red * LumaRed) + (green * LumaGreen) + (blue * LumaBlue);

    /// <summary>A finished value of a channel: solarised where wanted, then normalised.</summary>
    public float Normalized(float value, int channel, int solarize)
    {
        value = solarize != 0 && value > 1 - value ? 1 - value : value;
        return channel == 0 ? (value * RedScale) + RedOffset : channel == 1 ? (value * GreenScale) + GreenOffset
            : (value * BlueScale) + BlueOffset;
    }
}

/// <summary>The colours of one place of a view.</summary>
internal readonly record struct CudaPixel(float Red, float Green, float Blue);

/// <summary>
/// All that is done to a view once it has its size. One group works on one view, and each thread on its own pixels, so that groups wait
/// only for a mean and in the blur. A pixel's colour steps are made one after another in registers: the view is read and written once, and
/// once more for a contrast step, whose mean is that of all pixels as they are before it.
/// </summary>
internal static class CudaView
{
    public const int GroupSize = 512;

    private const int Steps = 4;

    public static float Unit(float value) => value < 0 ? 0 : value > 1 ? 1 : value;

    /// <param name="other">[recipes, 3, height, width], to work with.</param>
    public static void Finish(ArrayView<float> views, ArrayView<float> other, ArrayView<CudaRecipe> recipes, PictureSize size,
        CudaColors colors)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(GroupSize / CudaWarp.Lanes);
        CudaRecipe recipe = recipes[Grid.IdxX];
        int pixels = size.Pixels, first = 0;
        long at = 3L * Grid.IdxX * pixels;
        ArrayView<float> planes = views.SubView(at, 3L * pixels);

        // Steps from `first` on are not made yet; if the first of them is a contrast step, its pivot is known.
        float pivot = 0;
        for (int step = 0; step < Steps; step++)
        {
            if (Step(recipe, step).Operation != (int)ColorOperation.Contrast)
            {
                continue;
            }

            double sum = 0;
            for (int i = Group.IdxX; i < pixels; i += Group.DimX)
            {
                CudaPixel pixel = Color(Load(planes, pixels, i), recipe, first, step, pivot, colors);
                sum += colors.Luma(pixel.Red, pixel.Green, pixel.Blue);
                if (step > first)
                {
                    Store(planes, pixels, i, pixel);
                }
            }

            pivot = (float)(CudaWarp.GroupSum(sum, shared) / pixels);
            first = step;
        }

        bool isBlurred = recipe.BlurWhole >= 0;
        for (int i = Group.IdxX; i < pixels; i += Group.DimX)
        {
            CudaPixel pixel = Color(Load(planes, pixels, i), recipe, first, Steps, pivot, colors);
            if (recipe.Grayscale != 0)
            {
                float luma = colors.Luma(pixel.Red, pixel.Green, pixel.Blue);
                pixel = new(luma, luma, luma);
            }

            if (!isBlurred)
            {
                pixel = new(colors.Normalized(pixel.Red, 0, recipe.Solarize), colors.Normalized(pixel.Green, 1, recipe.Solarize),
                    colors.Normalized(pixel.Blue, 2, recipe.Solarize));
            }

            Store(planes, pixels, i, pixel);
        }

        if (isBlurred)
        {
            CudaBlur.Run(planes, other.SubView(at, 3L * pixels), size, recipe, colors);
        }
    }

    private static CudaPixel Load(ArrayView<float> planes, int pixels, int i) => new(planes[i], planes[pixels + i], planes[(2 * pixels) + i]);

    private static void Store(ArrayView<float> planes, int pixels, int i, CudaPixel pixel)
    {
        planes[i] = pixel.Red;
        planes[pixels + i] = pixel.Green;
        planes[(2 * pixels) + i] = pixel.Blue;
    }

    private static CudaColorStep Step(CudaRecipe recipe, int index) =>
        index == 0 ? recipe.Color1 : index == 1 ? recipe.Color2 : index == 2 ? recipe.Color3 : recipe.Color4;

    /// <summary>The colour steps from <paramref name="first"/> to before <paramref name="end"/>.</summary>
    /// <param name="pivot">The mean luma before step <paramref name="first"/>, where that is a contrast step.</param>
    private static CudaPixel Color(CudaPixel pixel, CudaRecipe recipe, int first, int end, float pivot, CudaColors colors)
    {
        for (int index = first; index < end; index++)
        {
            CudaColorStep step = Step(recipe, index);
            float factor = step.Factor;
            if (step.Operation is (int)ColorOperation.Brightness or (int)ColorOperation.Contrast)
            {
                // x ← pivot + factor · (x − pivot)
                float offset = step.Operation == (int)ColorOperation.Contrast ? pivot * (1 - factor) : 0f;
                pixel = new(Unit((pixel.Red * factor) + offset), Unit((pixel.Green * factor) + offset), Unit((pixel.Blue * factor) + offset));
            }
            else if (step.Operation == (int)ColorOperation.Saturation)
            {
                float rest = colors.Luma(pixel.Red, pixel.Green, pixel.Blue) * (1 - factor);
                pixel = new(Unit((pixel.Red * factor) + rest), Unit((pixel.Green * factor) + rest), Unit((pixel.Blue * factor) + rest));
            }
            else if (step.Operation == (int)ColorOperation.Hue)
            {
                pixel = TurnedHue(pixel, 6 * factor);
            }
        }

        return pixel;
    }

    /// <summary>
    /// HSV's hexagon without its tables: with v the largest channel, c the largest less the smallest and h the hue in sixths of a turn,
    /// channel n of (5, 3, 1) is <c>v − c · clamp(min(k, 4 − k), 0, 1)</c>, k = (n + h) mod 6.
    /// </summary>
    private static CudaPixel TurnedHue(CudaPixel pixel, float turn)
    {
        (float red, float green, float blue) = (pixel.Red, pixel.Green, pixel.Blue);
        float value = red > green ? red : green, least = red < green ? red : green;
        value = value > blue ? value : blue;
        float chroma = value - (least < blue ? least : blue);

        // A gray pixel has no hue.
        float sixth = chroma == 0 ? 0 : 1 / chroma;
        float hue = value == red ? (green - blue) * sixth : value == green ? ((blue - red) * sixth) + 2 : ((red - green) * sixth) + 4;
        hue += turn;
        return new(HueChannel(value, chroma, hue + 5), HueChannel(value, chroma, hue + 3), HueChannel(value, chroma, hue + 1));
    }

    private static float HueChannel(float value, float chroma, float k)
    {
        k -= 6 * MathF.Floor(k * (1f / 6));
        return value - (chroma * Unit(k < 4 - k ? k : 4 - k));
    }
}
