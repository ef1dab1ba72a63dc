using System.Numerics;
using System.Runtime.InteropServices;

namespace DoRA.Kernels.Augment;

/// <summary>A box of fractional radius: <c>Whole</c> neighbours a side with weight <c>Inner</c>, one more with weight
/// <c>Outer</c>.</summary>
internal readonly record struct ExtendedBox(int Whole, float Inner, float Outer)
{
    /// <summary>The box whose variance is a third of the Gaussian's (Gwosdek et al., 2011).</summary>
    public static ExtendedBox OfGaussian(float deviation)
    {
        double variance = (double)deviation * deviation / CpuBlur.Passes;
        double whole = Math.Floor((Math.Sqrt((12 * variance) + 1) - 1) / 2);
        double part = ((2 * whole) + 1) * ((whole * (whole + 1)) - (3 * variance)) / (6 * (variance - ((whole + 1) * (whole + 1))));
        double inner = 1 / ((2 * (whole + part)) + 1);
        return new((int)whole, (float)inner, (float)(part * inner));
    }
}

/// <summary>Gaussian blur of a plane by three extended box blurs along rows and three along columns; edges repeat.</summary>
internal sealed unsafe class CpuBlur
{
    public const int Passes = 3;
    private float[] _rows = [], _plane = [];

    /// <param name="plane">[height, stride], in place.</param>
    public void Run(float* plane, int height, int width, int stride, ExtendedBox box)
    {
        int margin = box.Whole + 1, length = stride + (2 * margin);
        fixed (float* rows = CpuScratch.Grow(ref _rows, 2 * length))
        fixed (float* other = CpuScratch.Grow(ref _plane, height * stride))
        {
            for (int y = 0; y < height; y++)
            {
                Row(plane + (y * stride), rows + margin, rows + length + margin, width, stride, box);
            }

            Columns(other, plane, height, stride, box);
            Columns(plane, other, height, stride, box);
            Columns(other, plane, height, stride, box);
            NativeMemory.Copy(other, plane, (nuint)(height * stride) * sizeof(float));
        }
    }

    private static void Row(float* row, float* from, float* to, int width, int stride, ExtendedBox box)
    {
        NativeMemory.Copy(row, from, (nuint)width * sizeof(float));
        for (int pass = 0; pass < Passes; pass++)
        {
            // What lies beyond the width is read as the edge, and as anything by lanes that nobody reads.
            new Span<float>(from + width, stride - width + box.Whole + 1).Fill(from[width - 1]);
            new Span<float>(from - box.Whole - 1, box.Whole + 1).Fill(from[0]);
            float* target = pass == Passes - 1 ? row : to;
            for (int x = 0; x < stride; x += Vector<float>.Count)
            {
                Vector<float> inner = Vector.Load(from + x);
                for (int k = 1; k <= box.Whole; k++)
                {
                    inner += Vector.Load(from + x - k) + Vector.Load(from + x + k);
                }

                Vector<float> outer = Vector.Load(from + x - box.Whole - 1) + Vector.Load(from + x + box.Whole + 1);
                ((inner * box.Inner) + (outer * box.Outer)).Store(target + x);
            }

            float* next = to;
            to = from;
            from = next;
        }
    }

    private static void Columns(float* to, float* from, int height, int stride, ExtendedBox box)
    {
        for (int y = 0; y < height; y++)
        {
            float* above = from + (Math.Max(0, y - box.Whole - 1) * stride);
            float* below = from + (Math.Min(height - 1, y + box.Whole + 1) * stride);
            for (int x = 0; x < stride; x += Vector<float>.Count)
            {
                Vector<float> inner = Vector.Load(from + (y * stride) + x);
                for (int k = 1; k <= box.Whole; k++)
                {
                    inner += Vector.Load(from + (Math.Max(0, y - k) * stride) + x);
                    inner += Vector.Load(from + (Math.Min(height - 1, y + k) * stride) + x);
                }

                Vector<float> outer = Vector.Load(above + x) + Vector.Load(below + x);
                ((inner * box.Inner) + (outer * box.Outer)).Store(to + (y * stride) + x);
            }
        }
    }
}
