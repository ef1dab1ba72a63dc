using DoRA.Kernels;

namespace DoRA.Autograd.Tests;

public sealed class ParameterStoreTests
{
    [Test]
    public void Parameters_lie_in_order_at_multiples_of_16_with_zeros_between()
    {
        using CpuDevice device = new();
        using ParameterStore store = new(device);
        store.Add("a", Initialisation.Ones, true, 3);
        store.Add("b", Initialisation.Ones, true, 2, 16);
        store.Add("c", Initialisation.Ones, true, 1);
        store.Allocate(withGradients: true);
        store.Initialise(1);

        Assert.That(store.Parameters.Select(parameter => parameter.Offset), Is.EqualTo((long[])[0, 16, 48]));
        float[] weights = new float[store.Length];
        device.Download<float>(weights, store.Weights);
        Assert.That(weights.Sum(), Is.EqualTo(3 + 32 + 1));
        Assert.That(weights.Length, Is.EqualTo(64));
    }

    [Test]
    public void A_name_is_taken_once() =>
        Assert.That(() =>
        {
            using CpuDevice device = new();
            using ParameterStore store = new(device);
            store.Add("a", Initialisation.Zeros, true, 3);
            store.Add("a", Initialisation.Zeros, true, 3);
        }, Throws.ArgumentException);

    /// <summary>
    /// Of 40,000 draws the mean lies within 5 standard errors of 0 and the deviation within 2% (its standard error is 0.35%); a uniform's
    /// largest
    /// value lies within its bound and, but for odds of e⁻²⁰⁰, above 0.99 of it.
    /// </summary>
    [Test]
    public void First_values_follow_their_distributions()
    {
        using CpuDevice device = new();
        using ParameterStore store = new(device);
        Parameter normal = store.Add("normal", Initialisation.Normal(0.02f), true, 200, 200);
        Parameter uniform = store.Add("uniform", Initialisation.UniformFanIn(25), true, 200, 200);
        store.Allocate(withGradients: false);
        store.Initialise(3);
        float[] drawn = new float[40000], spread = new float[40000], again = new float[40000];
        device.Download<float>(drawn, normal.Data);
        device.Download<float>(spread, uniform.Data);

        Assert.That(drawn.Average(), Is.Zero.Within(5 * 0.02 / 200));
        Assert.That(Math.Sqrt(drawn.Average(value => value * value)), Is.EqualTo(0.02).Within(2).Percent);
        Assert.That(spread.Average(), Is.Zero.Within(5 * 0.2 / Math.Sqrt(3) / 200));
        Assert.That(spread.Max(Math.Abs), Is.LessThanOrEqualTo(0.2f).And.GreaterThan(0.198f));

        store.Initialise(3);
        device.Download<float>(again, normal.Data);
        Assert.That(again, Is.EqualTo(drawn), "the same seed");
        store.Initialise(4);
        device.Download<float>(again, normal.Data);
        Assert.That(again, Is.Not.EqualTo(drawn), "another seed");
    }
}
