using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.Tests;

public sealed class PhiloxTests
{
    /// <summary>The known-answer vectors of the generator's authors, philox4x32 with 10 rounds.</summary>
    [TestCase(0ul, 0ul, 0ul, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [TestCase(0x85a308d3243f6a88ul, 0x0370734413198a2eul, 0x299f31d0a4093822ul, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Blocks_are_the_published_ones(ulong counterLow, ulong counterHigh, ulong key, uint a, uint b, uint c, uint d) =>
        Assert.That(Philox.Block(counterLow, counterHigh, key), Is.EqualTo((a, b, c, d)));

    [Test]
    public void Streams_of_other_names_share_no_numbers()
    {
        PhiloxStream[] streams =
        [
            new(1, RandomPurpose.ClipOrder, 2, 3), new(2, RandomPurpose.ClipOrder, 2, 3), new(1, RandomPurpose.ClipBox, 2, 3),
            new(1, RandomPurpose.ClipOrder, 3, 3), new(1, RandomPurpose.ClipOrder, 2, 4),
        ];
        // 5000 words of 32 bits: a chance collision has probability 5000²/2/2³² = 0.3 %, and the streams are fixed.
        uint[] words = [.. streams.SelectMany(stream => Enumerable.Range(0, 1000).Select(index => stream.Bits((uint)index)))];
        Assert.That(words.Distinct().Count(), Is.EqualTo(words.Length));
    }

    /// <summary>Tolerances are five standard deviations of the statistic over the draws.</summary>
    [Test]
    public void Uniform_numbers_have_the_uniform_s_mean_variance_and_frequencies()
    {
        const int draws = 200_000;
        float[] values = [.. Enumerable.Range(0, draws).Select(index =>
            new PhiloxStream(7, RandomPurpose.Evaluation, 0, 0).Uniform((uint)index))];
        Assert.That(values, Has.All.InRange(0f, 1f - (1f / (1 << 24))));
        Assert.That(values.Average(), Is.EqualTo(0.5).Within(5 * Math.Sqrt(1 / 12.0 / draws)));
        Assert.That(values.Average(value => (value - 0.5) * (value - 0.5)), Is.EqualTo(1 / 12.0).Within(5 * Math.Sqrt(1 / 180.0 / draws)));
        foreach (IGrouping<int, float> tenth in values.GroupBy(value => (int)(value * 10)))
        {
            Assert.That(tenth.Count() / (double)draws, Is.EqualTo(0.1).Within(5 * Math.Sqrt(0.1 * 0.9 / draws)));
        }
    }

    [Test]
    public void Integers_are_equally_frequent_and_normals_are_standard()
    {
        const int draws = 200_000;
        PhiloxStream stream = new(11, RandomPurpose.HeadDraw, 1, 2);
        int[] counts = new int[6];
        double[] normals = new double[draws];
        for (uint index = 0; index < draws; index++)
        {
            counts[stream.Integer(index, counts.Length)]++;
            normals[index] = stream.Normal(index);
        }

        double share = 1.0 / counts.Length;
        Assert.That(counts.Select(count => count / (double)draws),
            Has.All.EqualTo(share).Within(5 * Math.Sqrt(share * (1 - share) / draws)));
        Assert.That(normals.Average(), Is.Zero.Within(5 / Math.Sqrt(draws)));
        Assert.That(normals.Average(value => value * value), Is.EqualTo(1).Within(5 * Math.Sqrt(2.0 / draws)));
        Assert.That(normals.Average(value => Math.Pow(value, 4)), Is.EqualTo(3).Within(5 * Math.Sqrt(96.0 / draws)));
    }
}
