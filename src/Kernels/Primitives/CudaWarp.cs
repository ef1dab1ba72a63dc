using ILGPU;
using ILGPU.Algorithms;

namespace DoRA.Kernels.Primitives;

/// <summary>Reductions over the lanes of a warp and the threads of a group, and how warps are dealt out to rows; for kernels
/// only.</summary>
internal static class CudaWarp
{
    public const int Lanes = 32;

    /// <summary>Warps of a group where each takes rows of its own.</summary>
    public const int PerGroup = 8;

    /// <summary>Threads of such a group.</summary>
    public const int GroupSize = PerGroup * Lanes;

    /// <summary>The row of a warp where each warp of the grid takes one.</summary>
    public static int Row => (Grid.IdxX * PerGroup) + (Group.IdxX / Lanes);

    /// <summary>Groups for one warp a row.</summary>
    public static int Groups(long rows) => checked((int)((rows + PerGroup - 1) / PerGroup));

    /// <summary>The sum of all lanes' values, in every lane.</summary>
    public static float Sum(float value)
    {
        for (int offset = Lanes / 2; offset > 0; offset /= 2)
        {
            value += Warp.ShuffleXor(value, offset);
        }

        return value;
    }

    /// <summary>The sum of all lanes' values, in every lane.</summary>
    public static double Sum(double value)
    {
        for (int offset = Lanes / 2; offset > 0; offset /= 2)
        {
            value += Warp.ShuffleXor(value, offset);
        }

        return value;
    }

    /// <summary>The largest of all lanes' values, in every lane. A NaN is passed over.</summary>
    public static float Maximum(float value)
    {
        for (int offset = Lanes / 2; offset > 0; offset /= 2)
        {
            value = XMath.Max(value, Warp.ShuffleXor(value, offset));
        }

        return value;
    }

    /// <summary>Σ a[at + i] b[at' + i] over a row of <paramref name="width"/>, in every lane of the warp that asks.</summary>
    public static float Dot<TVector, TLeft, TRight>(ArrayView<TLeft> a, long at, ArrayView<TRight> b, long other, int width)
        where TVector : unmanaged, ICudaVector<TVector>
        where TLeft : unmanaged, ICudaElement<TLeft>
        where TRight : unmanaged, ICudaElement<TRight>
    {
        TVector vector = default, sum = vector.All(0);
        for (int i = Warp.LaneIdx * vector.Length; i < width; i += Lanes * vector.Length)
        {
            sum = sum.Plus(vector.Load(a, at + i).Times(vector.Load(b, other + i)));
        }

        return Sum(sum.Sum);
    }

    /// <summary>Σ a[at + i] b[at' + i] over a row of <paramref name="width"/>, in every lane of the warp that asks.</summary>
    public static float Dot(ArrayView<float> a, long at, ArrayView<float> b, long other, int width)
    {
        float sum = 0;
        for (int i = Warp.LaneIdx; i < width; i += Lanes)
        {
            sum += a[at + i] * b[other + i];
        }

        return Sum(sum);
    }

    /// <summary>The sum of all threads' values, in every thread. All threads of the group must come here.</summary>
    /// <param name="shared">One element a warp.</param>
    public static float GroupSum(float value, ArrayView<float> shared)
    {
        value = Sum(value);
        Group.Barrier();
        if (Warp.LaneIdx == 0)
        {
            shared[Group.IdxX / Lanes] = value;
        }

        Group.Barrier();
        float sum = 0;
        for (int warp = 0; warp < Group.DimX / Lanes; warp++)
        {
            sum += shared[warp];
        }

        return sum;
    }

    /// <summary>The largest of all threads' values, in every thread. All threads of the group must come here. A NaN is passed over.</summary>
    /// <param name="shared">One element a warp.</param>
    public static float GroupMaximum(float value, ArrayView<float> shared)
    {
        value = Maximum(value);
        Group.Barrier();
        if (Warp.LaneIdx == 0)
        {
            shared[Group.IdxX / Lanes] = value;
        }

        Group.Barrier();
        for (int warp = 0; warp < Group.DimX / Lanes; warp++)
        {
            value = XMath.Max(value, shared[warp]);
        }

        return value;
    }

    /// <summary>The sum of all threads' values, in every thread. All threads of the group must come here.</summary>
    /// <param name="shared">One element a warp.</param>
    public static double GroupSum(double value, ArrayView<double> shared)
    {
        value = Sum(value);
        Group.Barrier();
        if (Warp.LaneIdx == 0)
        {
            shared[Group.IdxX / Lanes] = value;
        }

        Group.Barrier();
        double sum = 0;
        for (int warp = 0; warp < Group.DimX / Lanes; warp++)
        {
            sum += shared[warp];
        }

        return sum;
    }
}
