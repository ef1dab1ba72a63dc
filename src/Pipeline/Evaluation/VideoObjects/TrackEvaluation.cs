using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;
using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Evaluation.VideoObjects;

/// <summary>Object tracking, scored as GOT-10k does: overlaps of all frames together, but the first and those where nothing is
/// seen.</summary>
/// <param name="output">Where the boxes go, a file a sequence as GOT-10k takes them, and the success curve; null for nowhere.</param>
public sealed class TrackEvaluation(FrozenEncoder encoder, PropagationSettings settings, string? output)
{
    /// <param name="report">Told how many frames are done of how many.</param>
    public TrackResults Run(TrackingFolder data, Action<int, int> report, CancellationToken interruption)
    {
        BoxTracker tracker = new(encoder, settings);
        int frames = data.Sequences.Sum(sequence => sequence.Frames.Count), done = 0;
        List<double> all = [];
        List<TrackScore> scores = [];
        foreach (TrackingSequence sequence in data.Sequences)
        {
            Box[] boxes = tracker.Track(sequence.Frames, sequence.Boxes[0], () => report(++done, frames), interruption);
            double[] overlaps = Overlaps(sequence, boxes);
            if (overlaps.Length > 0)
            {
                scores.Add(Score(sequence.Name, overlaps));
                all.AddRange(overlaps);
            }

            if (output is not null)
            {
                string folder = Directory.CreateDirectory(Path.Combine(output, sequence.Name)).FullName;
                File.WriteAllLines(Path.Combine(folder, $"{sequence.Name}_001.txt"),
                    boxes.Select(box => $"{box.X:f4},{box.Y:f4},{box.Width:f4},{box.Height:f4}"));
            }
        }

        double[] curve = TrackingMeasures.SuccessCurve(all);
        if (output is not null)
        {
            AtomicFile.WriteText(Path.Combine(output, "success.svg"), SuccessPlot.Svg(curve));
        }

        return new(scores, Score("all frames", all), curve);
    }

    /// <summary>Overlaps inside the picture, of the frames that count.</summary>
    public static double[] Overlaps(TrackingSequence sequence, IReadOnlyList<Box> boxes)
    {
        RgbImage picture = RgbImage.Load(sequence.Frames[0]);
        return [.. Enumerable.Range(1, boxes.Count - 1)
            .Where(frame => sequence.Covers is null || sequence.Covers[frame] > 0)
            .Select(frame => boxes[frame].Inside(picture.Width, picture.Height)
                .Iou(sequence.Boxes[frame].Inside(picture.Width, picture.Height)))];
    }

    private static TrackScore Score(string name, IReadOnlyCollection<double> overlaps) => new(
        name, overlaps.Count, TrackingMeasures.AverageOverlap(overlaps), TrackingMeasures.SuccessRate(overlaps, 0.5),
            TrackingMeasures.SuccessRate(overlaps, 0.75));
}

/// <summary>AO, SR 0.5 and SR 0.75 over so many frames.</summary>
public sealed record TrackScore(string Sequence, int Frames, double AverageOverlap, double SuccessRate50, double SuccessRate75);

/// <summary>What came out.</summary>
/// <param name="SuccessCurve">Success rate at the thresholds 0, 0.01 … 1.</param>
public sealed record TrackResults(IReadOnlyList<TrackScore> Sequences, TrackScore All, IReadOnlyList<double> SuccessCurve);
