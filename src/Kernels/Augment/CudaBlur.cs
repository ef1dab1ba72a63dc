using ILGPU;

namespace DoRA.Kernels.Augment;

/// <summary>
/// Gaussian blur of one view by its group: three extended box blurs along rows, three along columns; edges repeat. The last one also ends
/// the view.
/// </summary>
internal static class CudaBlur
{
    /// <param name="planes">[3, height, width], in place.</param>
    /// <param name="other">As large, to work with.</param>
    public static void Run(ArrayView<float> planes, ArrayView<float> other, PictureSize size, CudaRecipe recipe, CudaColors colors)
    {
        for (int pass = 0; pass < 2 * CpuBlur.Passes; pass++)
        {
            // Another thread's pixels of the pass before, or of the operation before.
            Group.Barrier();
            bool alongRows = pass < CpuBlur.Passes, isLast = pass == (2 * CpuBlur.Passes) - 1;
            if (pass % 2 == 0)
            {
                Pass(other, planes, size, alongRows, isLast, recipe, colors);
            }
            else
            {
                Pass(planes, other, size, alongRows, isLast, recipe, colors);
            }
        }
    }

    private static void Pass(ArrayView<float> to, ArrayView<float> from, PictureSize size, bool alongRows, bool isLast, CudaRecipe recipe,
        CudaColors colors)
    {
        int length = alongRows ? size.Width : size.Height, step = alongRows ? 1 : size.Width, whole = recipe.BlurWhole;
        for (int i = Group.IdxX; i < 3 * size.Pixels; i += Group.DimX)
        {
            int place = alongRows ? i % size.Width : i / size.Width % size.Height, start = i - (place * step);
            float sum = from[i];
            for (int k = 1; k <= whole; k++)
            {
                sum += from[start + (IntrinsicMath.Max(place - k, 0) * step)]
                    + from[start + (IntrinsicMath.Min(place + k, length - 1) * step)];
            }

            float ends = from[start + (IntrinsicMath.Max(place - whole - 1, 0) * step)]
                + from[start + (IntrinsicMath.Min(place + whole + 1, length - 1) * step)];
            float value = (sum * recipe.BlurInner) + (ends * recipe.BlurOuter);
            to[i] = isLast ? colors.Normalized(value, i / size.Pixels, recipe.Solarize) : value;
        }
    }
}
