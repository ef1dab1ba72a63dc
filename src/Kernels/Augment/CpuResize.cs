using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace DoRA.Kernels.Augment;

/// <summary>Brings a box of one plane to a view's size: rows first, then columns, each result held in 0..1.</summary>
internal sealed unsafe class CpuResize
{
    private readonly ResampleTable _columns = new(), _rows = new();
    private float[] _row = [], _narrow = [];

    /// <summary>Prepares for the planes of one view.</summary>
    public void Begin(in ViewRecipe recipe, PictureSize viewSize)
    {
        int stride = CpuScratch.Stride(viewSize.Width);
        _columns.Build(recipe.Box.Width, viewSize.Width, Math.Max(stride, ResampleTable.Lanes), recipe.Filter, recipe.Flip);
        _rows.Build(recipe.Box.Height, viewSize.Height, viewSize.Height, recipe.Filter, flip: false);
        int length = recipe.Box.Width + _columns.Taps;
        CpuScratch.Grow(ref _row, length).AsSpan(0, length).Clear();
        CpuScratch.Grow(ref _narrow, recipe.Box.Height * stride);
    }

    /// <param name="destination">[view height, stride], rows of whole vectors.</param>
    /// <param name="plane">[crop height, crop width].</param>
    public void Run(float* destination, float* plane, CropBox box, int cropWidth, int viewHeight, int stride)
    {
        fixed (float* row = _row, narrow = _narrow)
        fixed (float* columnWeights = _columns.Weights, rowWeights = _rows.Weights)
        fixed (int* columnStart = _columns.Start)
        {
            for (int y = 0; y < box.Height; y++)
            {
                NativeMemory.Copy(plane + ((long)(box.Top + y) * cropWidth) + box.Left, row, (nuint)box.Width * sizeof(float));
                Horizontal(narrow + (y * stride), row, columnStart, columnWeights, _columns.Taps, stride);
            }

            for (int y = 0; y < viewHeight; y++)
            {
                Vertical(
                    destination + (y * stride), narrow + (_rows.Start[y] * stride), rowWeights + (y * _rows.Taps), _rows.Count[y], stride);
            }
        }
    }

    private static void Horizontal(float* destination, float* row, int* start, float* weights, int taps, int width)
    {
        for (int x = 0; x < width; x += ResampleTable.Lanes)
        {
            Vector128<float> a = default, b = default, c = default, d = default;
            float* weight = weights + (x * taps);
            for (int k = 0; k < taps; k += ResampleTable.Lanes)
            {
                a += Vector128.Load(row + start[x] + k) * Vector128.Load(weight + k);
                b += Vector128.Load(row + start[x + 1] + k) * Vector128.Load(weight + taps + k);
                c += Vector128.Load(row + start[x + 2] + k) * Vector128.Load(weight + (2 * taps) + k);
                d += Vector128.Load(row + start[x + 3] + k) * Vector128.Load(weight + (3 * taps) + k);
            }

            Vector128.Min(Vector128.Max(Sums(a, b, c, d), Vector128<float>.Zero), Vector128<float>.One).Store(destination + x);
        }
    }

    private static void Vertical(float* destination, float* rows, float* weights, int count, int stride)
    {
        for (int x = 0; x < stride; x += Vector<float>.Count)
        {
            Vector<float> sum = Vector<float>.Zero;
            for (int k = 0; k < count; k++)
            {
                sum += Vector.Load(rows + (k * stride) + x) * weights[k];
            }

            Vector.Min(Vector.Max(sum, Vector<float>.Zero), Vector<float>.One).Store(destination + x);
        }
    }

    /// <summary>(Σa, Σb, Σc, Σd).</summary>
    private static Vector128<float> Sums(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        if (Sse3.IsSupported)
        {
            return Sse3.HorizontalAdd(Sse3.HorizontalAdd(a, b), Sse3.HorizontalAdd(c, d));
        }

        if (AdvSimd.Arm64.IsSupported)
        {
            return AdvSimd.Arm64.AddPairwise(AdvSimd.Arm64.AddPairwise(a, b), AdvSimd.Arm64.AddPairwise(c, d));
        }

        return Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
    }
}
