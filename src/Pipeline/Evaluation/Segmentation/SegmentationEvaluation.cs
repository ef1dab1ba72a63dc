using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.Segmentation;

/// <summary>Semantic segmentation by a linear head on frozen patch tokens.</summary>
/// <param name="output">Where the predictions go as palette PNG; null for nowhere.</param>
public sealed class SegmentationEvaluation(FrozenEncoder encoder, SegmentationSettings settings, string? output)
{
    /// <param name="report">Told how many steps and test pictures are done of how many.</param>
    public SegmentationResults Run(SegmentationData data, Action<int, int> report, CancellationToken interruption)
    {
        settings.Check(encoder);
        int all = settings.Steps + data.Test.Pairs.Count, done = 0;
        float loss = float.NaN;
        using LinearHead head = new SegmentationTrainer(encoder, settings, data.Training, data.Classes).Train(
            value =>
            {
                loss = value;
                report(++done, all);
            },
            interruption);
        SlidingWindow window = new(encoder, head, settings);
        SegmentationCounts counts = new(data.Classes);
        for (int i = 0; i < data.Test.Pairs.Count; i++)
        {
            interruption.ThrowIfCancellationRequested();
            (RgbImage picture, LabelImage labels) = data.Test.Load(i, data.Classes);
            LabelImage predicted = window.Predict(picture);
            counts.Add(predicted.Labels, labels.Labels);
            if (output is not null)
            {
                PngLabels.Write(Path.Combine(output, Path.GetFileName(data.Test.Pairs[i].Label)), predicted);
            }

            report(++done, all);
        }

        return new(
            data.Classes, data.Training.Pairs.Count, data.Test.Pairs.Count, loss, counts.MeanIou, counts.PixelAccuracy, counts.MeanAccuracy,
            [.. Enumerable.Range(0, data.Classes).Select(counts.Iou)]);
    }
}

/// <summary>What came out, as shares.</summary>
/// <param name="Loss">Of the last step, in nats.</param>
/// <param name="ClassIou">NaN for a class that neither occurs nor is predicted.</param>
public sealed record SegmentationResults(
    int Classes, int TrainingPictures, int TestPictures, double Loss, double MeanIou, double PixelAccuracy, double MeanAccuracy,
        IReadOnlyList<double> ClassIou);
