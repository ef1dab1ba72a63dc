using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using DoRA.Kernels.Primitives;
using DoRA.References;

namespace DoRA.Kernels.Tests;

/// <summary>The stated errors of the elementary functions, over their whole range and in every width.</summary>
[TestFixture(typeof(Lanes128), typeof(Vector128<float>))]
[TestFixture(typeof(Lanes256), typeof(Vector256<float>))]
[TestFixture(typeof(Lanes512), typeof(Vector512<float>))]
internal sealed unsafe class VectorMathTests<L, V> where L : ILanes<V> where V : struct
{
    [Test]
    public void Exp_is_within_2e_7_of_itself()
    {
        foreach (float x in Sweep(-87.33f, 88f))
        {
            double exact = Math.Exp(x);
            Within(Of(Exponential<L, V>.Exp, x), exact, 2e-7 * exact, x);
        }
    }

    [Test]
    public void Exp_flushes_below_and_saturates_above()
    {
        Assert.That(Of(Exponential<L, V>.Exp, -87.34f), Is.Zero);
        Assert.That(Of(Exponential<L, V>.Exp, float.NegativeInfinity), Is.Zero);
        Assert.That(Of(Exponential<L, V>.Exp, float.PositiveInfinity), Is.EqualTo(Of(Exponential<L, V>.Exp, 88f)));
        Assert.That(Of(Exponential<L, V>.Exp, float.NaN), Is.NaN);
        Assert.That(Of(Exponential<L, V>.Exp, 0f), Is.EqualTo(1f));
    }

    /// <summary>
    /// Five roundings of 2⁻²⁴ of a value up to 1: of each polynomial's last step, the product, the division, and a share of the steps
    /// before; seven where a multiply-add is not fused.
    /// </summary>
    [Test]
    public void Erf_is_within_3e_7()
    {
        double tolerance = Fma.IsSupported || AdvSimd.IsSupported ? 3e-7 : 4.2e-7;
        foreach (float x in Sweep(-7f, 7f))
        {
            Within(Of(Gelu<L, V>.Erf, x), GeluReference.Erf(x), tolerance, x);
        }

        Assert.That(Of(Gelu<L, V>.Erf, float.NegativeInfinity), Is.EqualTo(-1f));
        Assert.That(Of(Gelu<L, V>.Erf, float.PositiveInfinity), Is.EqualTo(1f));
        Assert.That(Of(Gelu<L, V>.Erf, float.NaN), Is.NaN);
    }

    [Test]
    public void Gelu_is_within_its_error()
    {
        foreach (float x in Sweep(-12f, 12f))
        {
            Within(Of(Gelu<L, V>.Value, x), GeluReference.Value(x), 2.5e-7 * Math.Max(1, Math.Abs(x)), x);
            Within(Of(Gelu<L, V>.Derivative, x), GeluReference.Derivative(x), 5e-7, x);
        }

        Assert.That(Of(Gelu<L, V>.Value, -1e20f), Is.Zero);
        Assert.That(Of(Gelu<L, V>.Value, 1e20f), Is.EqualTo(1e20f));
        Assert.That(Of(Gelu<L, V>.Derivative, -1e20f), Is.Zero);
        Assert.That(Of(Gelu<L, V>.Derivative, 1e20f), Is.EqualTo(1f));
        Assert.That(Of(Gelu<L, V>.Value, float.NaN), Is.NaN);
    }

    private static IEnumerable<float> Sweep(float low, float high)
    {
        const int steps = 60_000;
        for (int i = 0; i <= steps; i++)
        {
            yield return (float)(low + (((double)high - low) * i / steps));
        }
    }

    private static void Within(float actual, double expected, double tolerance, float x)
    {
        if (!(Math.Abs(actual - expected) <= tolerance))
        {
            Assert.Fail($"At {x}: {actual}, not {expected} ± {tolerance:g3}.");
        }
    }

    private static float Of(Func<V, V> function, float x)
    {
        float* lanes = stackalloc float[L.Count];
        L.Store(function(L.Create(x)), lanes);
        return lanes[L.Count - 1];
    }
}
