using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.DinoLoss;

/// <summary>
/// The sweeps of the loss over one tile of columns, which lies in the first cache after the first of them. Sharpness is 1/(τ ln 2):
/// exponentials are powers of two, and z counts in bits.
/// </summary>
internal static unsafe class SoftmaxTile
{
    /// <summary>Fills a vector behind a row's end: less than any logit.</summary>
    private const float Nothing = -1e30f;

    /// <summary>The sums of <c>z = (x − center) · sharpness</c>, and <c>columnSums += x</c>.</summary>
    public static SoftmaxSums TeacherSums(float* x, float* center, float sharpness, float* columnSums, int width)
    {
        Vector512<float> largest = Vector512.Create(float.NegativeInfinity);
        int i = 0;
        for (; i <= width - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512<float> logits = Vector512.Load(x + i);
            largest = Vector512.MaxNative(largest, logits - Vector512.Load(center + i));
            Vector512.Store(Vector512.Load(columnSums + i) + logits, columnSums + i);
        }

        if (i < width)
        {
            int rest = width - i;
            largest = Vector512.MaxNative(largest, VectorRow.LoadTail(x + i, rest, Nothing) - VectorRow.LoadTail(center + i, rest));
            VectorRow.Add(columnSums + i, x + i, rest);
        }

        float maximum = VectorRow.Maximum(largest) * sharpness;
        Vector512<float> sum = default, moment = default, scale = Vector512.Create(sharpness), shift = Vector512.Create(-maximum);
        for (i = 0; i <= width - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512<float> z = Exponent(Vector512.Load(x + i) - Vector512.Load(center + i), scale, shift), e = PowersOfTwo.Exp2(z);
            sum += e;
            moment = Vector512.FusedMultiplyAdd(e, z, moment);
        }

        if (i < width)
        {
            Vector512<float> centered = VectorRow.LoadTail(x + i, width - i, Nothing) - VectorRow.LoadTail(center + i, width - i);
            Vector512<float> z = Exponent(centered, scale, shift), e = PowersOfTwo.Exp2(z);
            sum += e;
            moment = Vector512.FusedMultiplyAdd(e, z, moment);
        }

        return new(maximum, Vector512.Sum(sum), Vector512.Sum(moment));
    }

    /// <summary>The sums of <c>z = x · sharpness</c>, without the moment.</summary>
    public static SoftmaxSums StudentSums(float* x, float sharpness, int width)
    {
        float maximum = VectorRow.Maximum(x, width) * sharpness;
        Vector512<float> sum = default, scale = Vector512.Create(sharpness), shift = Vector512.Create(-maximum);
        int i = 0;
        for (; i <= width - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            sum += PowersOfTwo.Exp2(Exponent(Vector512.Load(x + i), scale, shift));
        }

        if (i < width)
        {
            sum += PowersOfTwo.Exp2(Exponent(VectorRow.LoadTail(x + i, width - i, Nothing), scale, shift));
        }

        return new(maximum, Vector512.Sum(sum), 0);
    }

    /// <summary><c>p = e^(z − max)/Sum</c>, with zeros up to the next whole vector.</summary>
    public static void Probabilities(float* p, float* x, float* center, float sharpness, SoftmaxSums sums, int width)
    {
        Vector512<float> scale = Vector512.Create(sharpness), shift = Vector512.Create(-sums.Maximum),
            inverse = Vector512.Create(1 / sums.Sum);
        int i = 0;
        for (; i <= width - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512<float> z = Exponent(Vector512.Load(x + i) - Vector512.Load(center + i), scale, shift);
            Vector512.Store(PowersOfTwo.Exp2(z) * inverse, p + i);
        }

        if (i < width)
        {
            Vector512<float> centered = VectorRow.LoadTail(x + i, width - i, Nothing) - VectorRow.LoadTail(center + i, width - i);
            Vector512.Store(PowersOfTwo.Exp2(Exponent(centered, scale, shift)) * inverse, p + i);
        }
    }

    /// <summary><c>mixed = Σ_t weight_t p_t</c>, whole vectors.</summary>
    /// <param name="probabilities">Row t begins at <c>t · stride</c>.</param>
    public static void Mix(float* mixed, float* probabilities, int stride, float* weights, int count, int width)
    {
        for (int i = 0; i < width; i += VectorRow.Lanes)
        {
            Vector512<float> sum = default;
            for (int t = 0; t < count; t++)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(probabilities + ((long)t * stride) + i), Vector512.Create(weights[t]), sum);
            }

            Vector512.Store(sum, mixed + i);
        }
    }

    /// <summary>
    /// <c>dX = weight q − share p</c> with q the student's probabilities; returns <c>Σ p (z − max)</c>, which the value takes <c>share
    /// τ</c> times.
    /// </summary>
    /// <param name="p">Zeros up to the next whole vector.</param>
    /// <param name="weight">The student row's weight over τ, and</param>
    /// <param name="share">the teacher's, over τ.</param>
    public static float Gradient(float* dX, float* x, float* p, float weight, float share, float sharpness, SoftmaxSums sums, int width)
    {
        Vector512<float> scale = Vector512.Create(sharpness), shift = Vector512.Create(-sums.Maximum), sum = default;
        Vector512<float> studentFactor = Vector512.Create(weight / sums.Sum), teacherFactor = Vector512.Create(share);
        int i = 0;
        for (; i <= width - VectorRow.Lanes; i += VectorRow.Lanes)
        {
            Vector512<float> z = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), scale, shift), target = Vector512.Load(p + i);
            sum = Vector512.FusedMultiplyAdd(target, z, sum);
            Vector512.Store((PowersOfTwo.Exp2(PowersOfTwo.Clamp(z)) * studentFactor) - (target * teacherFactor), dX + i);
        }

        if (i < width)
        {
            int rest = width - i;
            Vector512<float> z = Vector512.FusedMultiplyAdd(VectorRow.LoadTail(x + i, rest), scale, shift), target = Vector512.Load(p + i);
            sum = Vector512.FusedMultiplyAdd(target, z, sum);
            VectorRow.StoreTail((PowersOfTwo.Exp2(PowersOfTwo.Clamp(z)) * studentFactor) - (target * teacherFactor), dX + i, rest);
        }

        return Vector512.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exponent(Vector512<float> x, Vector512<float> scale, Vector512<float> shift) =>
        PowersOfTwo.Clamp(Vector512.FusedMultiplyAdd(x, scale, shift));
}
