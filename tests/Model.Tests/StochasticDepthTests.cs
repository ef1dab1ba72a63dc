using DoRA.Model.Layers;

namespace DoRA.Model.Tests;

public sealed class StochasticDepthTests
{
    [Test]
    public void Rates_rise_linearly_from_zero_over_the_blocks()
    {
        using TestBench bench = new();
        const int depth = 5, views = 4000;
        StochasticDepth dropping = new(0.4f, depth, 1, 0, 0);
        Assert.That(dropping.Draw(bench.Tape, 0, views, 1).Attention.Scales.IsEmpty);
        for (int block = 1; block < depth; block++)
        {
            float rate = 0.4f * block / (depth - 1);
            BranchScales scales = dropping.Draw(bench.Tape, block, views, 1);
            float[] attention = bench.Download(scales.Attention.Scales), mlp = bench.Download(scales.Mlp.Scales);
            Assert.That(attention, Has.All.Matches<float>(scale => scale == 0 || Math.Abs(scale - (1 / (1 - rate))) < 1e-6));
            // Five deviations of a frequency among 4,000 draws.
            Assert.That(
                attention.Count(scale => scale == 0) / (double)views, Is.EqualTo(rate).Within(5 * Math.Sqrt(rate * (1 - rate) / views)));
            Assert.That(mlp, Is.Not.EqualTo(attention), "branches are drawn apart");
        }
    }

    [Test]
    public void Steps_and_passes_draw_apart()
    {
        using TestBench bench = new();
        float[] Draw(StochasticDepth dropping) => bench.Download(dropping.Draw(bench.Tape, 1, 100, 1).Mlp.Scales);
        StochasticDepth first = new(0.5f, 2, 1, 0, 0);
        Assert.That(Draw(first), Is.EqualTo(Draw(first)));
        Assert.That(Draw(first with { Step = 1 }), Is.Not.EqualTo(Draw(first)));
        Assert.That(Draw(first with { Pass = 1 }), Is.Not.EqualTo(Draw(first)));
    }
}
