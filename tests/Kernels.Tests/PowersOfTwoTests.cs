using System.Runtime.Intrinsics;
using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Tests;

public sealed class PowersOfTwoTests
{
    [Test]
    public void Exp2_is_within_3e_7_of_itself()
    {
        for (float x = PowersOfTwo.Lowest; x <= 126; x += 0.0137f)
        {
            double exact = Math.Pow(2, x), actual = Of(x);
            Assert.That(Math.Abs(actual - exact) <= 3e-7 * exact, $"2^{x} is {exact:g9}, not {actual:g9}");
        }
    }

    [Test]
    public void What_is_less_is_clamped_and_NaN_stays_NaN()
    {
        Assert.That(Of(-1000), Is.EqualTo(Of(PowersOfTwo.Lowest)));
        Assert.That(Of(float.NegativeInfinity), Is.EqualTo(Of(PowersOfTwo.Lowest)));
        Assert.That(Of(float.NaN), Is.NaN);
    }

    private static float Of(float x) => PowersOfTwo.Exp2(PowersOfTwo.Clamp(Vector512.Create(x)))[0];
}
