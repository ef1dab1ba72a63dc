using System.Numerics;
using System.Runtime.CompilerServices;

namespace DoRA.Kernels.Augment;

/// <summary>
/// Colour operations on the three planes of one view, in place. A plane is [height, stride]; lanes beyond the width hold numbers
/// of no meaning, which no operation lets into the others.
/// </summary>
internal static unsafe class CpuColor
{
    private static readonly int Lanes = Vector<float>.Count;

    public static void Run(ColorStep step, float* planes, int height, int width, int stride)
    {
        switch (step.Operation)
        {
            case ColorOperation.Brightness:
                Blend(planes, 3 * height * stride, 0, step.Factor);
                break;
            case ColorOperation.Contrast:
                Blend(planes, 3 * height * stride, MeanLuma(planes, height, width, stride), step.Factor);
                break;
            case ColorOperation.Saturation:
                Saturation(planes, height * stride, step.Factor);
                break;
            case ColorOperation.Hue:
                Hue(planes, height * stride, step.Factor);
                break;
        }
    }

    public static void Grayscale(float* planes, int length)
    {
        for (int i = 0; i < length; i += Lanes)
        {
            Vector<float> luma = Luma(planes + i, length);
            luma.Store(planes + i);
            luma.Store(planes + length + i);
            luma.Store(planes + (2 * length) + i);
        }
    }

    public static void Solarize(float* planes, int length)
    {
        for (int i = 0; i < length; i += Lanes)
        {
            Vector<float> value = Vector.Load(planes + i);
            Vector.Min(value, Vector<float>.One - value).Store(planes + i);
        }
    }

    /// <summary>x ← (x − mean) / standard deviation.</summary>
    public static void Normalize(float* planes, int length)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            float scale = 1 / AugmentKernels.StandardDeviation[channel];
            Vector<float> offset = new(-AugmentKernels.Mean[channel] * scale);
            for (int i = 0; i < length; i += Lanes)
            {
                float* at = planes + (channel * length) + i;
                ((Vector.Load(at) * scale) + offset).Store(at);
            }
        }
    }

    /// <summary>x ← pivot + factor · (x − pivot).</summary>
    private static void Blend(float* values, int length, float pivot, float factor)
    {
        Vector<float> offset = new(pivot * (1 - factor));
        for (int i = 0; i < length; i += Lanes)
        {
            Unit((Vector.Load(values + i) * factor) + offset).Store(values + i);
        }
    }

    private static void Saturation(float* planes, int length, float factor)
    {
        for (int i = 0; i < length; i += Lanes)
        {
            Vector<float> rest = Luma(planes + i, length) * (1 - factor);
            for (float* at = planes + i; at < planes + (3 * length); at += length)
            {
                Unit((Vector.Load(at) * factor) + rest).Store(at);
            }
        }
    }

    /// <summary>
    /// HSV's hexagon without its tables: with v the largest channel, c the largest less the smallest and h the hue in sixths of a turn,
    /// channel n of (5, 3, 1) is <c>v − c · clamp(min(k, 4 − k), 0, 1)</c>, k = (n + h) mod 6.
    /// </summary>
    private static void Hue(float* planes, int length, float factor)
    {
        Vector<float> six = new(6), turn = new(6 * factor);
        for (int i = 0; i < length; i += Lanes)
        {
            float* at = planes + i;
            Vector<float> red = Vector.Load(at), green = Vector.Load(at + length), blue = Vector.Load(at + (2 * length));
            Vector<float> value = Vector.Max(red, Vector.Max(green, blue));
            Vector<float> chroma = value - Vector.Min(red, Vector.Min(green, blue));
            Vector<float> sixth = Vector<float>.One / chroma;
            Vector<float> hue = Vector.ConditionalSelect(
                Vector.Equals(value, red),
                (green - blue) * sixth,
                Vector.ConditionalSelect(
                    Vector.Equals(value, green),
                    ((blue - red) * sixth) + new Vector<float>(2),
                    ((red - green) * sixth) + new Vector<float>(4)));
            // A gray pixel has no hue: 0/0 above.
            hue = Vector.ConditionalSelect(Vector.Equals(chroma, Vector<float>.Zero), Vector<float>.Zero, hue) + turn;
            Channel(5).Store(at);
            Channel(3).Store(at + length);
            Channel(1).Store(at + (2 * length));

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            Vector<float> Channel(float offset)
            {
                Vector<float> k = hue + new Vector<float>(offset);
                k -= six * Vector.Floor(k * (1f / 6));
                return value - (chroma * Unit(Vector.Min(k, new Vector<float>(4) - k)));
            }
        }
    }

    private static float MeanLuma(float* planes, int height, int width, int stride)
    {
        int length = height * stride, whole = width / Lanes * Lanes;
        double total = 0;
        for (int y = 0; y < height; y++)
        {
            Vector<float> sums = Vector<float>.Zero;
            float* row = planes + (y * stride);
            for (int x = 0; x < whole; x += Lanes)
            {
                sums += Luma(row + x, length);
            }

            total += Vector.Sum(sums);
            if (whole < width)
            {
                Vector<float> last = Luma(row + whole, length);
                for (int lane = 0; lane < width - whole; lane++)
                {
                    total += last[lane];
                }
            }
        }

        return (float)(total / ((double)height * width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Luma(float* at, int length)
    {
        ReadOnlySpan<float> weights = AugmentKernels.Luma;
        return (Vector.Load(at) * weights[0]) + (Vector.Load(at + length) * weights[1]) + (Vector.Load(at + (2 * length)) * weights[2]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Unit(Vector<float> value) => Vector.Min(Vector.Max(value, Vector<float>.Zero), Vector<float>.One);
}
