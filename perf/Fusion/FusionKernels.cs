using DoRA.Kernels.AdamW;
using DoRA.Kernels.Attention;
using DoRA.Kernels.PatchEmbedding;
using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Perf.Fusion;

/// <summary>
/// What a framework launches one after another where the engine has one kernel: each of these reads tensors, does one thing and writes a tensor. A thread an element,
/// or a group a row; a sum that is simplest by one thread is made by one. What is compared is the traffic.
/// </summary>
internal static class FusionKernels
{
    /// <summary><c>y += bias</c>, row by row.</summary>
    public static void AddBias(ArrayView<BFloat16> y, ArrayView<float> bias, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            y[i] = default(BFloat16).Of(y[i].Value + bias[i % bias.IntLength]);
        }
    }

    public static void Gelu(ArrayView<BFloat16> y, ArrayView<BFloat16> x, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            y[i] = default(BFloat16).Of(CudaMath.Gelu(x[i].Value));
        }
    }

    /// <summary><c>dX *= gelu'(x)</c>.</summary>
    public static void GeluGradient(ArrayView<BFloat16> dX, ArrayView<BFloat16> x, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            dX[i] = default(BFloat16).Of(dX[i].Value * CudaMath.GeluDerivative(x[i].Value));
        }
    }

    /// <summary><c>y *= scale</c> of groups of rows: stochastic depth.</summary>
    public static void ScaleRows(ArrayView<BFloat16> y, ArrayView<float> scales, int perScale, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            y[i] = default(BFloat16).Of(y[i].Value * scales[i / perScale]);
        }
    }

    /// <summary><c>y += x</c>.</summary>
    public static void Add(ArrayView<BFloat16> y, ArrayView<BFloat16> x, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            y[i] = default(BFloat16).Of(y[i].Value + x[i].Value);
        }
    }

    /// <summary>Sums of columns, a thread a column.</summary>
    public static void ColumnSums(ArrayView<float> sums, ArrayView<BFloat16> x, int rows, int columns)
    {
        int column = Grid.GlobalIndex.X;
        if (column < columns)
        {
            float sum = 0;
            for (int row = 0; row < rows; row++)
            {
                sum += x[((long)row * columns) + column].Value;
            }

            sums[column] = sum;
        }
    }

    /// <summary>
    /// <c>C = factor · A B</c> for each matrix of a batch, a thread an element. Element (i, k) of A of head h of image b lies at
    /// <c>b · A.Image + h · A.Head + i · A.Row + k · A.Column</c>, those of B and C alike.
    /// </summary>
    public static void Product(ArrayView<BFloat16> c, ArrayView<BFloat16> a, ArrayView<BFloat16> b, BatchLayout layoutC, BatchLayout layoutA,
        BatchLayout layoutB, BatchShape shape)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= shape.Batch * shape.Heads * shape.Rows * shape.Columns)
        {
            return;
        }

        int column = i % shape.Columns, row = i / shape.Columns % shape.Rows, matrix = i / shape.Columns / shape.Rows;
        long atA = layoutA.At(matrix, shape.Heads, row, 0), atB = layoutB.At(matrix, shape.Heads, 0, column);
        float sum = 0;
        for (int k = 0; k < shape.Depth; k++)
        {
            sum += a[atA + ((long)k * layoutA.Column)].Value * b[atB + ((long)k * layoutB.Row)].Value;
        }

        c[layoutC.At(matrix, shape.Heads, row, column)] = default(BFloat16).Of(sum * shape.Factor);
    }

    /// <summary>softmax of each row in place, a group a row.</summary>
    public static void Softmax(ArrayView<BFloat16> x, int width)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(CudaWarp.PerGroup);
        long at = (long)Grid.IdxX * width;
        float largest = float.NegativeInfinity, sum = 0;
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            float value = x[at + i].Value;
            largest = value > largest ? value : largest;
        }

        largest = CudaWarp.GroupMaximum(largest, shared);
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            sum += CudaMath.Exp(x[at + i].Value - largest);
        }

        sum = CudaWarp.GroupSum(sum, shared);
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            x[at + i] = default(BFloat16).Of(CudaMath.Exp(x[at + i].Value - largest) / sum);
        }
    }

    /// <summary>The mean of each row of x, or of the squares of x − center, a group a row.</summary>
    public static void RowMean(ArrayView<float> means, ArrayView<BFloat16> x, ArrayView<float> center, int width)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(CudaWarp.PerGroup);
        long at = (long)Grid.IdxX * width;
        float sum = 0;
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            float value = x[at + i].Value;
            if (center.Length > 0)
            {
                value -= center[Grid.IdxX];
                value *= value;
            }

            sum += value;
        }

        sum = CudaWarp.GroupSum(sum, shared);
        if (Group.IdxX == 0)
        {
            means[Grid.IdxX] = sum / width;
        }
    }

    /// <summary><c>y = (x − mean)/√(variance + ε)</c>.</summary>
    public static void Normalize(ArrayView<BFloat16> y, ArrayView<BFloat16> x, ArrayView<float> mean, ArrayView<float> variance, float epsilon, int width,
        int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            y[i] = default(BFloat16).Of((x[i].Value - mean[i / width]) / MathF.Sqrt(variance[i / width] + epsilon));
        }
    }

    /// <summary><c>y = y · weight + bias</c>, row by row.</summary>
    public static void ScaleAndShift(ArrayView<BFloat16> y, ArrayView<float> weight, ArrayView<float> bias, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            int column = i % weight.IntLength;
            y[i] = default(BFloat16).Of((y[i].Value * weight[column]) + bias[column]);
        }
    }

    /// <summary><c>z = x ∘ y</c>.</summary>
    public static void Multiply(ArrayView<BFloat16> z, ArrayView<BFloat16> x, ArrayView<BFloat16> y, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            z[i] = default(BFloat16).Of(x[i].Value * y[i].Value);
        }
    }

    /// <summary><c>g = dY · weight</c>, row by row.</summary>
    public static void MultiplyRows(ArrayView<BFloat16> g, ArrayView<BFloat16> dY, ArrayView<float> weight, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            g[i] = default(BFloat16).Of(dY[i].Value * weight[i % weight.IntLength]);
        }
    }

    /// <summary><c>dX = rstd (g − mean(g) − x̂ mean(g x̂))</c>, in the place of g.</summary>
    public static void NormGradient(ArrayView<BFloat16> g, ArrayView<BFloat16> normal, ArrayView<float> meanG, ArrayView<float> meanGX,
        ArrayView<float> variance, float epsilon, int width, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            int row = i / width;
            g[i] = default(BFloat16).Of((g[i].Value - meanG[row] - (normal[i].Value * meanGX[row])) / MathF.Sqrt(variance[row] + epsilon));
        }
    }

    /// <summary>A copy of each frame for each of its views, times the view's mask of patches.</summary>
    public static void MaskPixels(ArrayView<float> views, ArrayView<float> frames, ArrayView<float> masks, PatchEmbeddingSize size, int viewsPerFrame, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            int pixels = size.Height * size.Width, view = i / (3 * pixels), inView = i % (3 * pixels), pixel = inView % pixels;
            int patch = (pixel / size.Width / size.Patch * (size.Width / size.Patch)) + (pixel % size.Width / size.Patch);
            views[i] = frames[((view / viewsPerFrame) * 3 * pixels) + inView] * masks[(view * (pixels / size.Patch / size.Patch)) + patch];
        }
    }

    /// <summary>Patches side by side, [patches, 3 p²], as a convolution by a product needs them.</summary>
    public static void Unfold(ArrayView<BFloat16> patches, ArrayView<float> images, PatchEmbeddingSize size, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            int inputs = 3 * size.Patch * size.Patch, k = i % inputs, patch = i / inputs, columns = size.Width / size.Patch;
            int perImage = size.Height / size.Patch * columns, within = patch % perImage, channel = k / (size.Patch * size.Patch);
            int y = (within / columns * size.Patch) + (k / size.Patch % size.Patch), x = (within % columns * size.Patch) + (k % size.Patch);
            patches[i] = default(BFloat16).Of(images[((((patch / perImage * 3) + channel) * size.Height) + y) * size.Width + x]);
        }
    }

    /// <summary>‖g‖ of one tensor, by one group.</summary>
    public static void Norm(ArrayView<float> norm, ArrayView<float> g, int count)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(CudaWarp.PerGroup);
        float sum = 0;
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            sum += g[i] * g[i];
        }

        sum = CudaWarp.GroupSum(sum, shared);
        if (Group.IdxX == 0)
        {
            norm[0] = MathF.Sqrt(sum);
        }
    }

    /// <summary><c>g *= min(1, clip/(norm + 1e-6))</c>.</summary>
    public static void Clip(ArrayView<float> g, ArrayView<float> norm, float clip, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            float factor = clip / (norm[0] + 1e-6f);
            g[i] *= factor < 1 ? factor : 1;
        }
    }

    /// <summary><c>x = a x + b y</c>, or of y² where squared: decay, moments, moving average.</summary>
    public static void Blend(ArrayView<float> x, ArrayView<float> y, float a, float b, int squared, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            float value = y[i];
            x[i] = (a * x[i]) + (b * (squared != 0 ? value * value : value));
        }
    }

    /// <summary><c>w −= rate · m/(√v/root + ε)</c>.</summary>
    public static void Update(ArrayView<float> w, ArrayView<float> m, ArrayView<float> v, float rate, float root, float epsilon, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count)
        {
            w[i] -= rate * m[i] / ((MathF.Sqrt(v[i]) / root) + epsilon);
        }
    }

    /// <summary>Elements between neighbours along each axis.</summary>
    public readonly record struct BatchLayout(int Image, int Head, int Row, int Column)
    {
        public long At(int matrix, int heads, int row, int column) =>
            ((long)(matrix / heads) * Image) + ((long)(matrix % heads) * Head) + ((long)row * Row) + ((long)column * Column);
    }

    /// <summary>Sizes of a batch of products.</summary>
    public readonly record struct BatchShape(int Batch, int Heads, int Rows, int Columns, int Depth, float Factor);
}
