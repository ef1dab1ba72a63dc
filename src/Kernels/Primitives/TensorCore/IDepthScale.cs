using ILGPU;

namespace DoRA.Kernels.Primitives.TensorCore;

/// <summary>Factors of the left side's elements that depend on k.</summary>
internal interface IDepthScale<T>
    where T : struct, IDepthScale<T>
{
    /// <summary>One factor for every so many elements of k; <c>default(T).Of(…)</c>.</summary>
    T Of(ArrayView<float> scale, int perScale);

    /// <summary>Begins to bring a step's factors into shared memory.</summary>
    void Copy(int address, int first, int end);

    /// <summary>The fragments times the factors of 16 k, in float32 and rounded to bf16.</summary>
    RowFragments Apply(RowFragments fragments, int address);
}

/// <summary>No factors.</summary>
internal readonly struct Unscaled : IDepthScale<Unscaled>
{
    public Unscaled Of(ArrayView<float> scale, int perScale) => default;

    public void Copy(int address, int first, int end)
    {
    }

    public RowFragments Apply(RowFragments fragments, int address) => fragments;
}

/// <summary>Factors in memory, read with the copies of a step.</summary>
internal readonly struct DepthScale(ArrayView<float> scale, int perScale) : IDepthScale<DepthScale>
{
    public DepthScale Of(ArrayView<float> factors, int perFactor) => new(factors, perFactor);

    public void Copy(int address, int first, int end)
    {
        int k = first + Group.IdxX;
        if (Group.IdxX < TensorCoreProduct.StepDepth)
        {
            int last = IntrinsicMath.Min(k, end - 1);
            TensorCoreIntrinsics.CopyWordAsync(address + (4 * Group.IdxX), ref scale[last / perScale], k < end ? 4 : 0);
        }
    }

    public RowFragments Apply(RowFragments fragments, int address)
    {
        // A lane's registers hold two neighbours of k each: of the lower eight in the first two, of the upper eight in the others.
        int mine = address + ((Warp.LaneIdx & 3) << 3);
        Float2 lower = TensorCoreIntrinsics.LoadSharedPair(mine), upper = TensorCoreIntrinsics.LoadSharedPair(mine + 32);
        fragments.F0 = Scale(fragments.F0, lower, upper);
        fragments.F1 = Scale(fragments.F1, lower, upper);
        fragments.F2 = Scale(fragments.F2, lower, upper);
        fragments.F3 = Scale(fragments.F3, lower, upper);
        return fragments;
    }

    private static Quad Scale(Quad fragment, Float2 lower, Float2 upper) => new()
    {
        R0 = Scale(fragment.R0, lower),
        R1 = Scale(fragment.R1, lower),
        R2 = Scale(fragment.R2, upper),
        R3 = Scale(fragment.R3, upper),
    };

    private static uint Scale(uint pair, Float2 factors) => TensorCoreIntrinsics.Pack(
        Interop.IntAsFloat(pair << 16) * factors.X, Interop.IntAsFloat(pair & 0xffff0000) * factors.Y);
}
