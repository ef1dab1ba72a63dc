using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Knn;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Evaluation;

[Category(Golden.Category)]
public sealed class KnnGoldenTests
{
    // Features of a float32 network: the reference itself is 2e-6 off float64.
    private const double FeatureTolerance = 5e-5;

    [Test]
    public void Neighbours_votes_and_accuracies_are_dinos()
    {
        using GoldenFile golden = Golden.Open("eval/knn");
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        int width = golden.Shape("train")[1];
        float[] tests = golden.Floats("test");
        int[] testLabels = golden.Integers("test_labels");
        string[] votesNames = [.. golden.Names.Where(name => name.EndsWith("_probs", StringComparison.Ordinal))];
        KnnClassifier classifier = new(
            encoder, golden.Floats("train"), golden.Integers("train_labels"), width, golden.Shape(votesNames[0])[1],
                golden.Doubles("temperature")[0]);

        string neighboursName = golden.Names.Single(name => name.StartsWith("neighbours", StringComparison.Ordinal));
        Neighbour[][] neighbours = classifier.Neighbours(tests, golden.Shape(neighboursName)[1]);
        golden.CheckExact(neighboursName, neighbours.SelectMany(row => row.Select(neighbour => neighbour.Index)));

        foreach (string name in votesNames)
        {
            string prefix = name[..^"_probs".Length];
            int k = int.Parse(prefix[1..]);
            double[][] votes = [.. neighbours.Select(row => classifier.Votes(row, k))];
            double[] expected = golden.Doubles(name);
            foreach ((double actual, double wanted) in votes.SelectMany(row => row).Zip(expected))
            {
                Assert.That(Math.Abs(actual - wanted) <= 1e-5 * wanted, $"{name}: {actual} where {wanted} is right");
            }

            golden.CheckExact($"{prefix}_pred_order", votes.SelectMany(KnnClassifier.Ranking));
            KnnScore score = classifier.Score(tests, testLabels, [k]).Single();
            golden.Check($"{prefix}_top1", [score.Top1], 1e-9);
            golden.Check($"{prefix}_top5", [score.Top5], 1e-9);
        }
    }

    [Test]
    public void Preprocessing_and_features_of_pictures_are_dinos()
    {
        using GoldenFile golden = Golden.Open("eval/knn_images");
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        CenterCrop crop = new(golden.Shape(golden.Names.First(name => name.StartsWith("pre_", StringComparison.Ordinal)))[1]);
        float[] features = golden.Floats("features");
        foreach (int image in golden.Integers("keep"))
        {
            RgbImage picture = crop.Apply(golden.Planes($"decoded_{image}"));
            golden.CheckExact($"pre_{image}", picture.ToPlanes());
            float[] planes = Normalization.ImageNet.Apply(picture);
            string rowName = $"normalised_row_{image}";
            golden.Check(rowName,
                Enumerable.Range(0, 3).SelectMany(c => planes.Skip(((c * crop.Size) + 100) * crop.Size).Take(crop.Size)), 1e-6);
            float[] cls = encoder.Cls(planes, 1, crop.Size, crop.Size);
            Assert.That(
                LargestDifference(cls, features.AsSpan(image * encoder.Width, encoder.Width).ToArray()) <= FeatureTolerance,
                    $"features of picture {image}");
        }
    }

    [Test]
    public void Stored_features_give_dinos_accuracy()
    {
        using GoldenFile golden = Golden.Open("eval/knn_images");
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        int width = golden.Shape("features")[1];
        long[] isTest = golden.Longs("is_test");
        float[][] rows = [.. ClsFeatures.Normalize(golden.Floats("features"), width).Chunk(width)];
        float[] Of(long test) => [.. rows.Where((_, i) => isTest[i] == test).SelectMany(row => row)];
        golden.Check("train_features", Of(0), 1e-6);
        golden.Check("test_features", Of(1), 1e-6);
        int[] labels = golden.Integers("train_labels");
        KnnClassifier classifier = new(encoder, Of(0), labels, width, labels.Max() + 1);
        foreach (string name in golden.Names.Where(name => name.EndsWith("_top1", StringComparison.Ordinal)))
        {
            int k = int.Parse(name[1..^"_top1".Length]);
            golden.Check(name, [classifier.Score(Of(1), golden.Integers("test_labels"), [k]).Single().Top1], 1e-9);
        }
    }

    private static double LargestDifference(float[] actual, float[] expected) =>
        actual.Zip(expected, (one, other) => (double)Math.Abs(one - other)).Aggregate(0.0, Math.Max);
}
