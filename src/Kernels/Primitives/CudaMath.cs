using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;
using ILGPU.Algorithms;

namespace DoRA.Kernels.Primitives;

/// <summary>Functions that kernels need and ILGPU lacks, or gives with another error.</summary>
internal static class CudaMath
{
    public const float BitsPerNatural = 1.44269504f;

    /// <summary>2^x by the card's own instruction: relative error 2⁻²². Below −126 the result is 0.</summary>
    public static float Exp2(float x) => XMath.Exp2(x);

    /// <summary>e^x; relative error 2⁻²² + |x| 2⁻²³.</summary>
    public static float Exp(float x) => XMath.Exp2(x * BitsPerNatural);

    /// <summary>
    /// e^x for x ≤ 0 in float64, with a relative error of some 1e-15; what is below 1e-307 is 0. x = k ln 2 + r with |r| ≤ ln 2/2, e^r by
    /// its series up to r¹³/13! (the rest is below 5e-18), and 2^k by its bits.
    /// </summary>
    public static double ExpOfNegative(double x)
    {
        if (x < -706)
        {
            return 0;
        }

        int k = (int)((x * 1.4426950408889634) - 0.5);
        double r = x - (k * 0.693147180369123816490) - (k * 1.90821492927058770002e-10);
        double series = 1.0 / 6227020800;
        series = (series * r) + (1.0 / 479001600);
        series = (series * r) + (1.0 / 39916800);
        series = (series * r) + (1.0 / 3628800);
        series = (series * r) + (1.0 / 362880);
        series = (series * r) + (1.0 / 40320);
        series = (series * r) + (1.0 / 5040);
        series = (series * r) + (1.0 / 720);
        series = (series * r) + (1.0 / 120);
        series = (series * r) + (1.0 / 24);
        series = (series * r) + (1.0 / 6);
        series = (series * r) + 0.5;
        series = (series * r) + 1;
        series = (series * r) + 1;
        return series * Interop.IntAsFloat((ulong)(k + 1023) << 52);
    }

    /// <summary>erf(x), the fit of <see cref="Gelu{L, V}.Erf"/> in the same coefficients, its division by the card's reciprocal, which
    /// is a third of the instructions; absolute error below 5e-7. NaN gives NaN.</summary>
    public static float Erf(float x)
    {
        const float bound = 3.9f;
        float u = x * x;
        u = u > bound * bound ? bound * bound : u;

        float p = 2.0503012053e-6f;
        p = (p * u) + 2.87381134935e-4f;
        p = (p * u) + 3.83492138929e-3f;
        p = (p * u) + 5.29609026526e-2f;
        p = (p * u) + 1.91899780953e-1f;
        p = (p * u) + 1.12837903473f;

        float q = 3.82258299154e-5f;
        q = (q * u) + 1.18119774994e-3f;
        q = (q * u) + 1.51053628773e-2f;
        q = (q * u) + 1.14740628882e-1f;
        q = (q * u) + 5.03398553676e-1f;
        q = (q * u) + 1f;

        float value = x * p * TensorCoreIntrinsics.Reciprocal(q);
        return value > 1 ? 1 : value < -1 ? -1 : value;
    }

    /// <summary>GELU(x) = x Φ(x).</summary>
    public static float Gelu(float x) => x * Distribution(x);

    /// <summary>GELU'(x) = Φ(x) + x φ(x) with φ the normal density.</summary>
    public static float GeluDerivative(float x) => Distribution(x) + (x * 0.398942280f * Exp(-0.5f * x * x));

    private static float Distribution(float x) => (0.5f * Erf(x * 0.707106781f)) + 0.5f;
}
