using DoRA.Kernels.Primitives;
using DoRA.Kernels.Sinkhorn;
using ILGPU;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>
/// What a framework's operations would do one after another, kernel by kernel: the first rung of the ladders in docs/kernels. Sums are made
/// by one thread where that is simplest; what is compared is the traffic.
/// </summary>
internal static class LadderKernels
{
    /// <summary>softmax((x − center)/τ), or its logarithm, one group a row; center may be absent.</summary>
    public static void Softmax(ArrayView<float> y, ArrayView<BFloat16> x, ArrayView<float> center, int width, float inverseTemperature,
        int logarithm)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(CudaWarp.PerGroup);
        long at = (long)Grid.IdxX * width;
        float largest = float.NegativeInfinity, sum = 0;
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            float z = Scaled(x, center, at, i, inverseTemperature);
            largest = z > largest ? z : largest;
        }

        largest = CudaWarp.GroupMaximum(largest, shared);
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            sum += CudaMath.Exp(Scaled(x, center, at, i, inverseTemperature) - largest);
        }

        sum = CudaWarp.GroupSum(sum, shared);
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            float z = Scaled(x, center, at, i, inverseTemperature) - largest;
            y[at + i] = logarithm != 0 ? z - ILGPU.Algorithms.XMath.Log(sum) : CudaMath.Exp(z) / sum;
        }
    }

    /// <summary><c>C[i, j] = factor Σ_k a(i, k) b(k, j)</c>, a thread an element; operands lie as their two strides say.</summary>
    public static void Product<TA, TB, TC>(ArrayView<TC> c, ArrayView<TA> a, int aRow, int aDepth, ArrayView<TB> b, int bDepth, int bColumn,
        int rows, int columns, int depth, float factor)
        where TA : unmanaged, ICudaElement<TA>
        where TB : unmanaged, ICudaElement<TB>
        where TC : unmanaged, ICudaElement<TC>
    {
        int element = Grid.GlobalIndex.X, i = element / columns, j = element % columns;
        if (i >= rows)
        {
            return;
        }

        float sum = 0;
        for (int k = 0; k < depth; k++)
        {
            sum += a[(i * aRow) + (k * aDepth)].Value * b[(k * bDepth) + (j * bColumn)].Value;
        }

        c[element] = default(TC).Of(factor * sum);
    }

    /// <summary><c>dS = P ∘ (dP − Σ P dP)</c> in place of dP, one group a row.</summary>
    public static void SoftmaxGradient<T>(ArrayView<T> dP, ArrayView<T> p, int width)
        where T : unmanaged, ICudaElement<T>
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(CudaWarp.PerGroup);
        long at = (long)Grid.IdxX * width;
        float sum = 0;
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            sum += p[at + i].Value * dP[at + i].Value;
        }

        sum = CudaWarp.GroupSum(sum, shared);
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            dP[at + i] = default(T).Of(p[at + i].Value * (dP[at + i].Value - sum));
        }
    }

    /// <summary>−w Σ p log q of one student row a group.</summary>
    public static void CrossEntropy(ArrayView<float> losses, ArrayView<float> p, ArrayView<float> logQ, ArrayView<int> teacherOf,
        ArrayView<int> rowOf, ArrayView<float> weights, int width)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(CudaWarp.PerGroup);
        long teacher = (long)teacherOf[Grid.IdxX] * width, student = (long)rowOf[Grid.IdxX] * width;
        float sum = 0;
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            sum -= p[teacher + i] * logQ[student + i];
        }

        sum = CudaWarp.GroupSum(sum, shared);
        if (Group.IdxX == 0)
        {
            losses[Grid.IdxX] = weights[Grid.IdxX] * sum;
        }
    }

    /// <summary><c>dS = w (q − p)/τ</c>, one student row a group.</summary>
    public static void Gradient(ArrayView<BFloat16> dStudent, ArrayView<float> p, ArrayView<float> logQ, ArrayView<int> teacherOf,
        ArrayView<int> rowOf, ArrayView<float> weights, int width, float inverseTemperature)
    {
        long teacher = (long)teacherOf[Grid.IdxX] * width, student = (long)rowOf[Grid.IdxX] * width;
        float factor = weights[Grid.IdxX] * inverseTemperature;
        for (int i = Group.IdxX; i < width; i += Group.DimX)
        {
            dStudent[student + i] = default(BFloat16).Of(factor * (CudaMath.Exp(logQ[student + i]) - p[teacher + i]));
        }
    }

    /// <summary>The sums of a plan's rows (objects) or columns (patches), a thread a sum.</summary>
    public static void PlanSums(ArrayView<double> sums, ArrayView<double> plan, SinkhornSize size, int ofRows)
    {
        int lines = ofRows != 0 ? size.Objects : size.Patches, i = Grid.GlobalIndex.X;
        if (i >= size.Batch * lines)
        {
            return;
        }

        int line = i % lines, count = ofRows != 0 ? size.Patches : size.Objects, step = ofRows != 0 ? 1 : size.Patches;
        long at = ((long)(i / lines) * size.Objects * size.Patches) + (ofRows != 0 ? line * size.Patches : line);
        double sum = 0;
        for (int k = 0; k < count; k++)
        {
            sum += plan[at + ((long)k * step)];
        }

        sums[i] = sum;
    }

    /// <summary>Each row scaled to sum 1/k, or each column to 1/n, a thread an element.</summary>
    public static void PlanScale(ArrayView<double> plan, ArrayView<double> sums, SinkhornSize size, int ofRows)
    {
        int i = Grid.GlobalIndex.X, plans = size.Objects * size.Patches;
        if (i >= size.Batch * plans)
        {
            return;
        }

        int line = ofRows != 0 ? i % plans / size.Patches : i % size.Patches, lines = ofRows != 0 ? size.Objects : size.Patches;
        plan[i] /= sums[(i / plans * lines) + line] * lines;
    }

    private static float Scaled(ArrayView<BFloat16> x, ArrayView<float> center, long at, int i, float inverseTemperature)
    {
        float value = x[at + i].Value;
        return (center.Length > 0 ? value - center[i] : value) * inverseTemperature;
    }
}
