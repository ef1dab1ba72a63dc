using DoRA.Pipeline.Scores;

namespace DoRA.Pipeline.Tests.Scores;

public class RidgeClassifierTests
{
    [TestCase(3)]
    [TestCase(200)]
    public void Classes_apart_are_told_apart_with_fewer_and_with_more_features_than_images(int width)
    {
        (float[] train, int[] trainLabels) = Clouds(width, 60, 1);
        (float[] test, int[] testLabels) = Clouds(width, 30, 2);
        Assert.That(RidgeClassifier.Fit(train, trainLabels, 3, 0.1).Accuracy(test, testLabels), Is.EqualTo(1));
    }

    [Test]
    public void The_scale_and_the_origin_of_the_features_do_not_matter()
    {
        (float[] train, int[] labels) = Clouds(5, 60, 1, spread: 3);
        (float[] test, int[] testLabels) = Clouds(5, 300, 2, spread: 3);
        double accuracy = RidgeClassifier.Fit(train, labels, 3, 0.1).Accuracy(test, testLabels);
        float[] Moved(float[] features) => [.. features.Select(value => (1000 * value) + 50)];
        Assert.That(RidgeClassifier.Fit(Moved(train), labels, 3, 0.1).Accuracy(Moved(test), testLabels),
            Is.EqualTo(accuracy).Within(0.004));
        Assert.That(accuracy, Is.InRange(0.4, 0.95), "hard enough to tell");
    }

    private static (float[] Features, int[] Labels) Clouds(int width, int images, int seed, float spread = 0.3f)
    {
        Random random = new(seed);
        int[] labels = [.. Enumerable.Range(0, images).Select(i => i % 3)];
        return ([.. labels.SelectMany(label => Enumerable.Range(0, width)
            .Select(i => (i % 3 == label ? 2f : 0) + (spread * ((2 * random.NextSingle()) - 1))))], labels);
    }
}
