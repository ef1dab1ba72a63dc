using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DoRA.Kernels.Primitives;

/// <summary>Elementary functions on vectors of 512 bits.</summary>
internal static class VectorMath
{
    /// <summary>See <see cref="Exponential{L, V}.Exp"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x) => Exponential<Lanes512, Vector512<float>>.Exp(x);
}

/// <summary>eˣ in float32.</summary>
internal static class Exponential<L, V> where L : ILanes<V> where V : struct
{
    /// <summary>Below this the result is 0, not a denormal number: ln 2⁻¹²⁶, rounded up.</summary>
    public const float Lowest = -87.33654f;

    /// <summary>Above this the result stays at e^88 (1.65e38).</summary>
    public const float Highest = 88f;

    /// <summary>
    /// eˣ with a relative error below 2e-7; 0 below <see cref="Lowest"/> (−∞ included), e^88 above <see cref="Highest"/>.
    /// x = n ln 2 + r with |r| ≤ ln 2 / 2; eʳ by its Taylor polynomial of degree 7, whose remainder is below r⁸/8! = 5.2e-9.
    /// NaN gives NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        V clamped = L.Max(L.Create(Lowest), L.Min(L.Create(Highest), x));
        V n = L.Round(L.Multiply(clamped, L.Create(1.44269504f)));

        // ln 2 in two parts; the first has so few bits that n times it is exact.
        V r = L.MultiplyAdd(n, L.Create(-0.693359375f), clamped);
        r = L.MultiplyAdd(n, L.Create(2.12194440e-4f), r);

        V p = L.Create(1f / 5040);
        p = L.MultiplyAdd(p, r, L.Create(1f / 720));
        p = L.MultiplyAdd(p, r, L.Create(1f / 120));
        p = L.MultiplyAdd(p, r, L.Create(1f / 24));
        p = L.MultiplyAdd(p, r, L.Create(1f / 6));
        p = L.MultiplyAdd(p, r, L.Create(0.5f));
        p = L.MultiplyAdd(p, r, L.Create(1f));
        p = L.MultiplyAdd(p, r, L.Create(1f));
        return L.WhereLess(x, L.Create(Lowest), L.Zero, L.Multiply(p, L.PowerOfTwo(n)));
    }
}
