using CsCheck;
using DoRA.Kernels.Primitives;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class StochasticDepthTests
{
    [Test]
    public void Scales_are_the_reference_s_for_the_stream_s_numbers() => Gen.Select(Gen.Int[1, 70], Gen.Float[0, 0.9f], Gen.UInt).Sample(
        (samples, rate, step) =>
        {
            PhiloxStream stream = new(3, RandomPurpose.StochasticDepth, step, 1);
            double[] uniforms = [.. Enumerable.Range(0, samples).Select(sample => (double)stream.Uniform((uint)sample))];
            // One subtraction and one division.
            Agreement.Near("scales", Draw(samples, rate, stream), StochasticDepthReference.Scales(uniforms, rate),
                2 * Agreement.Rounding / (1 - rate));
        },
        iter: 60, threads: 1);

    /// <summary>Tolerances are five standard deviations over the draws.</summary>
    [TestCase(0f)]
    [TestCase(0.1f)]
    [TestCase(0.5f)]
    public void Branches_are_dropped_at_the_rate_and_the_mean_is_kept(float rate)
    {
        const int samples = 100_000;
        float[] scales = Draw(samples, rate, new(5, RandomPurpose.StochasticDepth, 9, 4));
        Assert.That(scales.Count(scale => scale == 0) / (double)samples,
            Is.EqualTo(rate).Within(5 * Math.Sqrt(rate * (1 - rate) / samples)));
        Assert.That(scales.Where(scale => scale != 0), Has.All.EqualTo(1 / (1 - rate)));
        // The mean of so many float32 numbers near 1 is itself rounded: 1e-6.
        Assert.That(scales.Average(scale => (double)scale), Is.EqualTo(1).Within((5 * Math.Sqrt(rate / (1 - rate) / samples)) + 1e-6));
    }

    [Test]
    public void Other_steps_and_blocks_draw_other_numbers()
    {
        float[] first = Draw(200, 0.5f, new(5, RandomPurpose.StochasticDepth, 0, 0));
        Assert.That(Draw(200, 0.5f, new(5, RandomPurpose.StochasticDepth, 0, 0)), Is.EqualTo(first));
        Assert.That(Draw(200, 0.5f, new(5, RandomPurpose.StochasticDepth, 1, 0)), Is.Not.EqualTo(first));
        Assert.That(Draw(200, 0.5f, new(5, RandomPurpose.StochasticDepth, 0, 1)), Is.Not.EqualTo(first));
    }

    private static float[] Draw(int samples, float rate, PhiloxStream stream)
    {
        using TestMemory memory = new();
        DeviceSpan scales = memory.Output(samples);
        memory.Kernels.StochasticDepth.Draw(scales, samples, rate, stream);
        return memory.Download(scales);
    }
}
