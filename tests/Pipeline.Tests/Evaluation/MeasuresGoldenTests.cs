using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Evaluation;

// Everything here is counting in double: what differs is the order of a few sums.
[Category(Golden.Category)]
public sealed class MeasuresGoldenTests
{
    private const double Counting = 1e-12;

    [Test]
    public void Regions_and_boundaries_are_those_of_davis()
    {
        using GoldenFile golden = Golden.Open("eval/davis_metrics");
        BinaryMask[] truth = golden.Masks("gt"), predicted = golden.Masks("pred");
        BinaryMask ignored = golden.Masks("void").Single();
        golden.Check("J", truth.Zip(predicted, (gt, mask) => DavisMeasures.Region(mask, gt)), Counting);
        golden.Check("J_void", truth.Zip(predicted, (gt, mask) => DavisMeasures.Region(mask, gt, ignored)), Counting);
        golden.Check("F", truth.Zip(predicted, (gt, mask) => DavisMeasures.Boundary(mask, gt)), Counting);
        golden.Check("F_bound3", truth.Zip(predicted, (gt, mask) => DavisMeasures.Boundary(mask, gt, radius: 3)), Counting);
        golden.Check("F_void", truth.Zip(predicted, (gt, mask) => DavisMeasures.Boundary(mask, gt, ignored)), Counting);
        int[] rows = [0, 8, 10, 11];
        golden.CheckExact("gt_boundary", rows.SelectMany(row => DavisMeasures.BoundaryOf(truth[row])).Select(edge => edge ? 1 : 0));
    }

    private static IEnumerable<string> Series()
    {
        using GoldenFile golden = Golden.Open("eval/davis_metrics");
        return [.. golden.Names.Where(
            name => name.StartsWith("series_", StringComparison.Ordinal) && !name.Contains("mean", StringComparison.Ordinal))];
    }

    [TestCaseSource(nameof(Series))]
    public void Statistics_of_a_sequence_are_those_of_davis(string series)
    {
        using GoldenFile golden = Golden.Open("eval/davis_metrics");
        (double mean, double recall, double decay) = DavisMeasures.Statistics(golden.Doubles(series));
        golden.Check($"{series}_mean_recall_decay", [mean, recall, decay], Counting);
    }

    [Test]
    public void Overlaps_and_curves_are_those_of_got10k_and_otb()
    {
        using GoldenFile golden = Golden.Open("eval/tracking");
        Box[] truth = Boxes(golden, "gt"), predicted = Boxes(golden, "pred");
        double[] bound = golden.Doubles("bound");
        double[] overlaps = [.. predicted.Zip(truth, (box, gt) => box.Iou(gt))];
        double[] errors = [.. predicted.Zip(truth, (box, gt) => box.CenterError(gt))];
        golden.Check("iou", overlaps, Counting);
        golden.Check("iou_bound", predicted.Zip(truth, (box, gt) => box.Inside(bound[0], bound[1]).Iou(gt.Inside(bound[0], bound[1]))),
            Counting);
        golden.Check("neg_iou", Boxes(golden, "neg_pred").Zip(Boxes(golden, "neg_gt"), (box, gt) => box.Iou(gt)), Counting);
        golden.Check("center_error", errors, 1e-9);
        golden.Check("ao", [TrackingMeasures.AverageOverlap(overlaps)], Counting);
        golden.Check("sr50", [TrackingMeasures.SuccessRate(overlaps, 0.5)], 0);
        golden.Check("sr75", [TrackingMeasures.SuccessRate(overlaps, 0.75)], 0);
        double[] curve = TrackingMeasures.SuccessCurve(overlaps);
        golden.Check("succ_curve", curve, Counting);
        golden.Check("success_auc", [curve.Average()], Counting);
        double[] success = TrackingMeasures.SuccessCurve(overlaps, golden.Shape("otb_succ_curve")[0]);
        golden.Check("otb_succ_curve", success, Counting);
        golden.Check("otb_success", [success.Average()], Counting);
        double[] precision = TrackingMeasures.PrecisionCurve(errors, golden.Shape("otb_prec_curve")[0]);
        golden.Check("otb_prec_curve", precision, Counting);
        golden.Check("otb_precision20", [precision[20]], Counting);
    }

    [TestCase("reduce")]
    [TestCase("plain")]
    public void Class_counts_are_those_of_mmsegmentation(string kind)
    {
        using GoldenFile golden = Golden.Open("eval/segmentation_metrics");
        int[] shape = golden.Shape($"{kind}_intersect");
        (int pairs, int classes) = (shape[0], shape[1]);
        SegmentationCounts all = new(classes);
        SegmentationCounts[] each = [.. Enumerable.Range(0, pairs).Select(_ => new SegmentationCounts(classes))];
        for (int pair = 0; pair < pairs; pair++)
        {
            byte[] labels = golden.Bytes($"label_{pair}"), predictions = golden.Bytes($"pred_{pair}");
            if (kind == "reduce")
            {
                labels = SegmentationCounts.ReduceZeroLabel(labels);
            }
            else
            {
                predictions = [.. predictions.Select(value => (byte)(value + 1))];
            }

            each[pair].Add(predictions, labels);
            all.Add(predictions, labels);
        }

        int[] every = [.. Enumerable.Range(0, classes)];
        golden.Check($"{kind}_intersect", each.SelectMany(counts => counts.Intersection).Select(count => (double)count), 0);
        golden.Check($"{kind}_pred_area", each.SelectMany(counts => counts.Predicted).Select(count => (double)count), 0);
        golden.Check($"{kind}_label_area", each.SelectMany(counts => counts.Labelled).Select(count => (double)count), 0);
        golden.Check($"{kind}_union", each.SelectMany(counts => every.Select(index => (double)counts.Union(index))), 0);
        golden.Check($"{kind}_IoU", every.Select(all.Iou), Counting);
        golden.Check($"{kind}_Acc", every.Select(all.Accuracy), Counting);
        golden.Check($"{kind}_summary", [all.PixelAccuracy, all.MeanIou, all.MeanAccuracy], Counting);
    }

    private static Box[] Boxes(GoldenFile golden, string tensor) =>
        [.. golden.Doubles(tensor).Chunk(4).Select(values => new Box(values[0], values[1], values[2], values[3]))];
}
