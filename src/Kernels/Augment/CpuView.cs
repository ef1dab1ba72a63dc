using System.Runtime.InteropServices;

namespace DoRA.Kernels.Augment;

/// <summary>Makes one view: its operations, in the recipe's order, on planes in scratch memory.</summary>
internal sealed unsafe class CpuView
{
    private readonly CpuResize _resize = new();
    private readonly CpuBlur _blur = new();
    private float[] _planes = [];

    /// <param name="destination">[3, view height, view width].</param>
    /// <param name="crop">[3, crop height, crop width].</param>
    public void Run(float* destination, float* crop, in ViewRecipe recipe, PictureSize cropSize, PictureSize viewSize)
    {
        (int height, int width) = viewSize;
        int stride = CpuScratch.Stride(width), length = height * stride;
        fixed (float* planes = CpuScratch.Grow(ref _planes, 3 * length))
        {
            _resize.Begin(recipe, viewSize);
            for (int channel = 0; channel < 3; channel++)
            {
                float* plane = crop + ((long)channel * cropSize.Pixels);
                _resize.Run(planes + (channel * length), plane, recipe.Box, cropSize.Width, height, stride);
            }

            for (int i = 0; i < 4; i++)
            {
                CpuColor.Run(recipe.Color(i), planes, height, width, stride);
            }

            if (recipe.Grayscale)
            {
                CpuColor.Grayscale(planes, length);
            }

            if (recipe.BlurRadius > 0)
            {
                ExtendedBox box = ExtendedBox.OfGaussian(recipe.BlurRadius);
                for (int channel = 0; channel < 3; channel++)
                {
                    _blur.Run(planes + (channel * length), height, width, stride, box);
                }
            }

            if (recipe.Solarize)
            {
                CpuColor.Solarize(planes, 3 * length);
            }

            CpuColor.Normalize(planes, length);
            for (int row = 0; row < 3 * height; row++)
            {
                NativeMemory.Copy(planes + (row * stride), destination + ((long)row * width), (nuint)width * sizeof(float));
            }
        }
    }
}
