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
}

/// <summary>
/// All that is done to a view once it has its size. One group works on one view, and each thread on its own pixels, so that groups wait
/// only for a mean and in the blur.
/// </summary>
internal static class CudaView
{
    public const int GroupSize = 512;

    public static float Unit(float value) => value < 0 ? 0 : value > 1 ? 1 : value;

    /// <param name="other">[recipes, 3, height, width], to work with.</param>
    public static void Finish(ArrayView<float> views, ArrayView<float> other, ArrayView<CudaRecipe> recipes, PictureSize size,
        CudaColors colors)
    {
        CudaRecipe recipe = recipes[Grid.IdxX];
        int pixels = size.Pixels;
        long first = 3L * Grid.IdxX * pixels;
        ArrayView<float> planes = views.SubView(first, 3L * pixels);
        Color(planes, pixels, recipe.Color1, colors);
        Color(planes, pixels, recipe.Color2, colors);
        Color(planes, pixels, recipe.Color3, colors);
        Color(planes, pixels, recipe.Color4, colors);
        if (recipe.Grayscale != 0)
        {
            for (int i = Group.IdxX; i < pixels; i += Group.DimX)
            {
                float luma = colors.Luma(planes[i], planes[pixels + i], planes[(2 * pixels) + i]);
                planes[i] = luma;
                planes[pixels + i] = luma;
                planes[(2 * pixels) + i] = luma;
            }
        }

        if (recipe.BlurWhole >= 0)
        {
            CudaBlur.Run(planes, other.SubView(first, 3L * pixels), size, recipe.BlurWhole, recipe.BlurInner, recipe.BlurOuter);
        }

        for (int i = Group.IdxX; i < pixels; i += Group.DimX)
        {
            planes[i] = (Solarized(planes[i], recipe.Solarize) * colors.RedScale) + colors.RedOffset;
            planes[pixels + i] = (Solarized(planes[pixels + i], recipe.Solarize) * colors.GreenScale) + colors.GreenOffset;
            planes[(2 * pixels) + i] = (Solarized(planes[(2 * pixels) + i], recipe.Solarize) * colors.BlueScale) + colors.BlueOffset;
        }
    }

    private static float Solarized(float value, int solarize) => solarize != 0 && value > 1 - value ? 1 - value : value;

    private static void Color(ArrayView<float> planes, int pixels, CudaColorStep step, CudaColors colors)
    {
        float factor = step.Factor;
        if (step.Operation is (int)ColorOperation.Brightness or (int)ColorOperation.Contrast)
        {
            // x ← pivot + factor · (x − pivot)
            float pivot = step.Operation == (int)ColorOperation.Contrast ? MeanLuma(planes, pixels, colors) : 0,
                offset = pivot * (1 - factor);
            for (int i = Group.IdxX; i < pixels; i += Group.DimX)
            {
                planes[i] = Unit((planes[i] * factor) + offset);
                planes[pixels + i] = Unit((planes[pixels + i] * factor) + offset);
                planes[(2 * pixels) + i] = Unit((planes[(2 * pixels) + i] * factor) + offset);
            }
        }
        else if (step.Operation == (int)ColorOperation.Saturation)
        {
            for (int i = Group.IdxX; i < pixels; i += Group.DimX)
            {
                float red = planes[i], green = planes[pixels + i], blue = planes[(2 * pixels) + i],
                    rest = colors.Luma(red, green, blue) * (1 - factor);
                planes[i] = Unit((red * factor) + rest);
                planes[pixels + i] = Unit((green * factor) + rest);
                planes[(2 * pixels) + i] = Unit((blue * factor) + rest);
            }
        }
        else if (step.Operation == (int)ColorOperation.Hue)
        {
            for (int i = Group.IdxX; i < pixels; i += Group.DimX)
            {
                TurnHue(planes, pixels, i, 6 * factor);
            }
        }
    }

    private static float MeanLuma(ArrayView<float> planes, int pixels, CudaColors colors)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(GroupSize / CudaWarp.Lanes);
        double sum = 0;
        for (int i = Group.IdxX; i < pixels; i += Group.DimX)
        {
            sum += colors.Luma(planes[i], planes[pixels + i], planes[(2 * pixels) + i]);
        }

        return (float)(CudaWarp.GroupSum(sum, shared) / pixels);
    }

    /// <summary>
    /// HSV's hexagon without its tables: with v the largest channel, c the largest less the smallest and h the hue in sixths of a turn,
    /// channel n of (5, 3, 1) is <c>v − c · clamp(min(k, 4 − k), 0, 1)</c>, k = (n + h) mod 6.
    /// </summary>
    private static void TurnHue(ArrayView<float> planes, int pixels, int i, float turn)
    {
        float red = planes[i], green = planes[pixels + i], blue = planes[(2 * pixels) + i];
        float value = red > green ? red : green, least = red < green ? red : green;
        value = value > blue ? value : blue;
        float chroma = value - (least < blue ? least : blue);

        // A gray pixel has no hue.
        float sixth = chroma == 0 ? 0 : 1 / chroma;
        float hue = value == red ? (green - blue) * sixth : value == green ? ((blue - red) * sixth) + 2 : ((red - green) * sixth) + 4;
        hue += turn;
        planes[i] = HueChannel(value, chroma, hue + 5);
        planes[pixels + i] = HueChannel(value, chroma, hue + 3);
        planes[(2 * pixels) + i] = HueChannel(value, chroma, hue + 1);
    }

    private static float HueChannel(float value, float chroma, float k)
    {
        k -= 6 * MathF.Floor(k * (1f / 6));
        return value - (chroma * Unit(k < 4 - k ? k : 4 - k));
    }
}
