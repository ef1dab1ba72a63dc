using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DoRA.Kernels.Primitives;

/// <summary>2ˣ for softmaxes whose scale has log₂ e folded in: a third of the work of eˣ is saved.</summary>
internal static class PowersOfTwo
{
    /// <summary>The least exponent: 2⁻¹²⁵ stays a normal number.</summary>
    public const float Lowest = -125;

    /// <summary>x, or <see cref="Lowest"/> where it is less. NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Clamp(Vector512<float> x) => Vector512.MaxNative(Vector512.Create(Lowest), x);

    /// <summary>
    /// 2ˣ for x from <see cref="Lowest"/> to 126, with a relative error below 3e-7. x = n + f with |f| ≤ ½; 2ᶠ by the polynomial of degree
    /// 5 with the
    /// least relative error there, 7.5e-8; n is added to its exponent. NaN gives NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp2(Vector512<float> x)
    {
        Vector512<float> n = Vector512.Round(x), f = x - n;
        Vector512<float> p = Vector512.FusedMultiplyAdd(Vector512.Create(0.001327647198f), f, Vector512.Create(0.009675541334f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.05550713274f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.2402211972f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.6931469671f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.000000072f));
        return (p.AsInt32() + (Vector512.ConvertToInt32Native(n) << 23)).AsSingle();
    }
}
