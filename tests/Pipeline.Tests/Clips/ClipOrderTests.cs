using DoRA.Pipeline.Clips;

namespace DoRA.Pipeline.Tests.Clips;

public class ClipOrderTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    [TestCase(64)]
    [TestCase(1000)]
    [TestCase(4097)]
    public void An_epoch_visits_every_stretch_once(int clips)
    {
        ClipOrder order = new(3, clips);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            double[] places = [.. Enumerable.Range(0, clips).Select(i => order.Place(((long)epoch * clips) + i))];
            Assert.That(places, Has.All.InRange(0, 1 - 1e-12));
            Assert.That(places.Select(place => (int)(place * clips)).Order(), Is.EqualTo(Enumerable.Range(0, clips)));
        }
    }

    [Test]
    public void The_order_is_shuffled_anew_every_epoch_and_by_every_seed()
    {
        const int Clips = 5000;
        double[] Places(ulong seed, int epoch)
        {
            ClipOrder order = new(seed, Clips);
            return [.. Enumerable.Range(0, Clips).Select(i => order.Place(((long)epoch * Clips) + i))];
        }

        double[] first = Places(1, 0), second = Places(1, 1), other = Places(2, 0);

        // The correlation of n independent pairs has standard deviation 1/√n: five of them.
        double bound = 5 / Math.Sqrt(Clips);
        double[] visited = [.. Enumerable.Range(0, Clips).Select(i => (double)i)];
        foreach ((string what, double[] a, double[] b) in new[]
        {
            ("time and order", visited, first),
            ("two epochs", first, second),
            ("two seeds", first, other),
            ("one clip and the next", first[1..], first[..^1]),
        })
        {
            Assert.That(!(Math.Abs(Correlation(a, b)) <= bound), Is.False, what);
        }
    }

    [Test]
    public void Places_within_their_stretch_are_uniform()
    {
        const int Clips = 5000;
        ClipOrder order = new(4, Clips);
        double[] within = [.. Enumerable.Range(0, Clips).Select(i => order.Place(i) * Clips % 1)];
        Assert.That(!(Math.Abs(within.Average() - 0.5) <= 5 * Math.Sqrt(1 / 12.0 / Clips)), Is.False);
    }

    private static double Correlation(double[] a, double[] b)
    {
        double meanA = a.Average(), meanB = b.Average();
        double Product(double[] x, double[] y) => x.Zip(y, (p, q) => (p - (x == a ? meanA : meanB)) * (q - (y == a ? meanA : meanB))).Sum();
        return Product(a, b) / Math.Sqrt(Product(a, a) * Product(b, b));
    }
}
