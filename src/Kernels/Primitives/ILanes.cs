using System.Runtime.CompilerServices;

namespace DoRA.Kernels.Primitives;

/// <summary>
/// The float32 operations of one vector width, so that a kernel's body is written once: <c>Kernel&lt;L, V&gt;</c> with
/// <c>L</c> one of <see cref="Lanes512"/>, <see cref="Lanes256"/>, <see cref="Lanes128"/> and <c>V</c> its vector type.
/// Everything is resolved and inlined when the kernel is compiled for the pair.
/// </summary>
internal unsafe interface ILanes<V> where V : struct
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Rows of the register tile of a matrix product: rows × 2 accumulators, 2 operands and 1 broadcast must fit the registers.</summary>
    static abstract int TileRows { get; }

    static abstract V Zero { get; }

    static abstract V Create(float value);

    static abstract V Load(float* source);

    static abstract void Store(V vector, float* destination);

    static abstract V Add(V a, V b);

    static abstract V Subtract(V a, V b);

    static abstract V Multiply(V a, V b);

    static abstract V Divide(V a, V b);

    /// <summary>a · b + c, fused where the machine can.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>The smaller; b where one is NaN.</summary>
    static abstract V Min(V a, V b);

    /// <summary>The larger; b where one is NaN.</summary>
    static abstract V Max(V a, V b);

    static abstract V Abs(V a);

    static abstract V Round(V a);

    /// <summary>Lane by lane <c>a &lt; b ? chosen : otherwise</c>; false where one is NaN.</summary>
    static abstract V WhereLess(V a, V b, V chosen, V otherwise);

    /// <summary>2ⁿ for whole n in [−126, 127].</summary>
    static abstract V PowerOfTwo(V n);

    static abstract float Sum(V a);

    /// <summary>The largest lane; whatever where one is NaN.</summary>
    static abstract float Largest(V a);
}

/// <summary>What follows from the operations of any width.</summary>
internal static unsafe class Lanes<L, V> where L : ILanes<V> where V : struct
{
    /// <summary>The first <paramref name="count"/> floats, at most a vector; the other lanes are zero.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V LoadPartial(float* source, int count)
    {
        float* lanes = stackalloc float[L.Count];
        L.Store(L.Zero, lanes);
        for (int i = 0; i < count; i++)
        {
            lanes[i] = source[i];
        }

        return L.Load(lanes);
    }

    /// <summary>Stores the first <paramref name="count"/> lanes, at most a vector.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StorePartial(V vector, float* destination, int count)
    {
        float* lanes = stackalloc float[L.Count];
        L.Store(vector, lanes);
        for (int i = 0; i < count; i++)
        {
            destination[i] = lanes[i];
        }
    }
}
