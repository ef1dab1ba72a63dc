using System.Runtime.CompilerServices;

namespace DoRA.Kernels.Primitives;

/// <summary>GELU <c>x Φ(x) = x/2 (1 + erf(x/√2))</c>, its derivative, and the error function under them, in float32.</summary>
internal static class Gelu<L, V> where L : ILanes<V> where V : struct
{
    private const float Bound = 3.9f;

    /// <summary>
    /// erf(x) with an absolute error below 3e-7. Up to |x| = 3.9 it is x P(x²)/Q(x²), a minimax fit of degrees 5 and 5 to
    /// erf(x)/x with error 1.5e-8 (the rest is rounding); beyond, ±1, where erf differs from 1 by less than 3.5e-8. NaN gives NaN.
    /// On processors without fused multiply-adds each polynomial's last step rounds once more: below 4.2e-7.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf(V x)
    {
        V u = L.Min(L.Create(Bound * Bound), L.Multiply(x, x));

        V p = L.Create(2.0503012053e-6f);
        p = L.MultiplyAdd(p, u, L.Create(2.87381134935e-4f));
        p = L.MultiplyAdd(p, u, L.Create(3.83492138929e-3f));
        p = L.MultiplyAdd(p, u, L.Create(5.29609026526e-2f));
        p = L.MultiplyAdd(p, u, L.Create(1.91899780953e-1f));
        p = L.MultiplyAdd(p, u, L.Create(1.12837903473f));

        V q = L.Create(3.82258299154e-5f);
        q = L.MultiplyAdd(q, u, L.Create(1.18119774994e-3f));
        q = L.MultiplyAdd(q, u, L.Create(1.51053628773e-2f));
        q = L.MultiplyAdd(q, u, L.Create(1.14740628882e-1f));
        q = L.MultiplyAdd(q, u, L.Create(5.03398553676e-1f));
        q = L.MultiplyAdd(q, u, L.Create(1f));

        // Beyond the bound the quotient stays and x grows, so this is past 1 there.
        return L.Max(L.Create(-1f), L.Min(L.Create(1f), L.Divide(L.Multiply(x, p), q)));
    }

    /// <summary>GELU(x), absolute error below 2.5e-7 max(1, |x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => L.Multiply(x, Distribution(x));

    /// <summary>GELU'(x) = Φ(x) + x φ(x) with φ the normal density; absolute error below 5e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Derivative(V x)
    {
        V density = L.Multiply(L.Create(0.398942280f), Exponential<L, V>.Exp(L.Multiply(L.Multiply(x, L.Create(-0.5f)), x)));
        return L.MultiplyAdd(x, density, Distribution(x));
    }

    /// <summary>Φ(x), the standard normal distribution function.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Distribution(V x) => L.MultiplyAdd(L.Create(0.5f), Erf(L.Multiply(x, L.Create(0.707106781f))), L.Create(0.5f));
}
