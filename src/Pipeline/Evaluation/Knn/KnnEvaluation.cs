using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;

namespace DoRA.Pipeline.Evaluation.Knn;

/// <summary>k-NN on CLS tokens: the protocol of DINO, with every k at once.</summary>
public static class KnnEvaluation
{
    /// <summary>The k of the published tables.</summary>
    public static IReadOnlyList<int> UsualK => [10, 20, 100, 200];

    /// <param name="ks">Those above the number of training pictures are left out.</param>
    /// <param name="report">Told how many pictures are done of how many.</param>
    /// <exception cref="UserException">No k is left, or a picture cannot be decoded.</exception>
    public static KnnResults Run(
        FrozenEncoder encoder, ImageSplit split, CenterCrop crop, IReadOnlyList<int> ks, Action<int, int> report,
            CancellationToken interruption)
    {
        int trainingCount = split.Training.Images.Count, testCount = split.Test.Images.Count;
        int[] possible = [.. ks.Where(k => k >= 1 && k <= trainingCount)];
        if (possible.Length == 0)
        {
            throw new UserException(
                $"{split.Training.Folder} has {trainingCount} pictures to learn from, fewer than every k; give a smaller --k.");
        }

        ClsFeatures features = new(encoder, crop);
        float[] training = features.Extract(
            [.. split.Training.Images.Select(image => image.Path)], (done, _) => report(done, trainingCount + testCount), interruption);
        float[] test = features.Extract(
            [.. split.Test.Images.Select(image => image.Path)], (done, _) =>
                report(trainingCount + done, trainingCount + testCount), interruption);
        KnnClassifier classifier = new(
            encoder, ClsFeatures.Normalize(training, encoder.Width), [.. split.Training.Images.Select(image => image.Label)],
                encoder.Width, split.Classes.Count);
        IReadOnlyList<KnnScore> scores = classifier.Score(
            ClsFeatures.Normalize(test, encoder.Width), [.. split.Test.Images.Select(image => image.Label)], possible);
        return new(split.Classes.Count, trainingCount, testCount, scores);
    }
}

/// <summary>What came out.</summary>
public sealed record KnnResults(int Classes, int TrainingPictures, int TestPictures, IReadOnlyList<KnnScore> Scores);
