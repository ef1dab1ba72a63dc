using DoRA.Pipeline.Scores;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Scores;

public class LabelPropagationTests
{
    /// <summary>The benchmark code's own labels of the second frame, from the stored tokens of the first two.</summary>
    [TestCase("A")]
    [TestCase("B")]
    [Category(Golden.Category)]
    public void Soft_labels_are_those_of_the_benchmark_code(string sequence)
    {
        using GoldenFile golden = Golden.Open("eval/vos");
        int[] segmentation = golden.Shape($"{sequence}_first_seg");
        long[] settings = golden.Longs($"{sequence}_params");
        (int rows, int columns) = (segmentation[1], segmentation[2]);
        LabelPropagation propagation =
            new(rows, columns) { LastFrames = (int)settings[2], Radius = (int)settings[3], Neighbours = (int)settings[4] };
        float[] soft = propagation.Run(
            [golden.Floats($"{sequence}_feat0"), golden.Floats($"{sequence}_feat1")], golden.Floats($"{sequence}_first_seg"))[1];
        float[] expected = golden.Floats($"{sequence}_soft").AsSpan(0, soft.Length).ToArray();

        // The file's rule: 99.5% of the tokens within 1e-4, since a neighbour may change where two affinities agree to 1e-6.
        int tokens = rows * columns;
        int near = Enumerable.Range(0, tokens).Count(token =>
            Enumerable.Range(0, soft.Length / tokens)
                .All(label => Math.Abs(soft[(label * tokens) + token] - expected[(label * tokens) + token]) < 1e-4));
        Assert.That(near, Is.GreaterThanOrEqualTo(0.995 * tokens));
    }

    [Test]
    public void Labels_follow_an_object_that_moves_within_the_window_and_not_beyond()
    {
        // One token of its own kind on a line of 12; it moves on by 2, then by 6.
        float[] Line(int place) =>
            [.. Enumerable.Range(0, 12).SelectMany(x => Enumerable.Range(0, 2).Select(axis => (x == place) == (axis == 0) ? 1f : 0f))];
        LabelPropagation propagation = new(1, 12) { Radius = 3, Neighbours = 1, LastFrames = 1, Temperature = 0.01f };
        float[] first = new float[24];
        Array.Fill(first, 1f, 0, 12);
        (first[2], first[14]) = (0, 1);
        float[][] labels = propagation.Run([Line(2), Line(4), Line(10)], first);
        Assert.That(labels[1][16], Is.EqualTo(1).Within(1e-6), "found two tokens on");
        Assert.That(labels[2][22], Is.Zero, "no token of its kind in the window");
        foreach (float[] frame in labels)
        {
            Assert.That(Enumerable.Range(0, 12).Select(x => frame[x] + frame[12 + x]), Has.All.EqualTo(1).Within(1e-6));
        }
    }

    [Test]
    public void Overlap_counts_pixels()
    {
        Assert.That(ObjectMasks.Overlap([true, true, false, false], [true, false, true, false]), Is.EqualTo(1 / 3.0));
        Assert.That(ObjectMasks.Overlap([false], [false]), Is.EqualTo(1));
        Assert.That(ObjectMasks.Overlap([true], [false]), Is.Zero);
    }
}
