using ILGPU;

namespace DoRA.Kernels.Augment;

/// <summary>Gaussian blur of one view by its group: three extended box blurs along rows, three along columns; edges repeat.</summary>
internal static class CudaBlur
{
    /// <param name="planes">[3, height, width], in place.</param>
    /// <param name="other">As large, to work with.</param>
    public static void Run(ArrayView<float> planes, ArrayView<float> other, PictureSize size, int whole, float inner, float outer)
    {
        for (int pass = 0; pass < 2 * CpuBlur.Passes; pass++)
        {
            // Another thread's pixels of the pass before, or of the operation before.
            Group.Barrier();
            bool alongRows = pass < CpuBlur.Passes, back = pass % 2 != 0;
            Pass(back ? planes : other, back ? other : planes, size, alongRows, whole, inner, outer);
        }

        Group.Barrier();
    }

    private static void Pass(ArrayView<float> to, ArrayView<float> from, PictureSize size, bool alongRows, int whole, float inner,
        float outer)
    {
        int length = alongRows ? size.Width : size.Height, step = alongRows ? 1 : size.Width;
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
            to[i] = (sum * inner) + (ends * outer);
        }
    }
}
