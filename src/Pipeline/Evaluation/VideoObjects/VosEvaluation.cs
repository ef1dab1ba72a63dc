using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Evaluation.VideoObjects;

/// <summary>
/// Video object segmentation by label propagation on frozen patch tokens, scored as DAVIS does: J and F of each object over all frames but
/// the first, which is given, and the last.
/// </summary>
/// <param name="output">Where the masks go as palette PNG, a folder a sequence; null for nowhere.</param>
/// <param name="overlay">Whether a film a sequence, of the masks over the frames, goes there too.</param>
public sealed class VosEvaluation(FrozenEncoder encoder, PropagationSettings settings, string? output, bool overlay = false)
{
    /// <summary>DAVIS' videos have 24 frames a second.</summary>
    private const double FilmRate = 24;

    /// <param name="report">Told how many frames are done of how many.</param>
    /// <exception cref="UserException">A file cannot be read, sizes differ, or a first frame shows no object.</exception>
    public VosResults Run(DavisFolder data, Action<int, int> report, CancellationToken interruption)
    {
        List<ObjectScore> scores = [];
        int frames = data.Sequences.Sum(sequence => sequence.Frames.Count), done = 0;
        foreach (DavisSequence sequence in data.Sequences)
        {
            scores.AddRange(Run(sequence, () => report(++done, frames), interruption));
        }

        return new(scores, scores.Average(score => score.J), scores.Average(score => score.F), scores.Average(score => score.JAndF));
    }

    private List<ObjectScore> Run(DavisSequence sequence, Action frameDone, CancellationToken interruption)
    {
        RgbImage first = RgbImage.Load(sequence.Frames[0]);
        LabelImage labels = sequence.Labels(0, first);
        int objects = labels.Values().LastOrDefault(value => value != DavisFolder.Void);
        if (objects == 0)
        {
            throw new UserException(
                $"{sequence.Annotations[0]} shows no object; the first frame of a sequence says what is to be followed.");
        }

        FrameGrid grid = FrameGrid.Of(first.Width, first.Height, settings.ShortSide, encoder.Configuration.Patch);
        LabelPropagation propagation = new(encoder, settings, grid, grid.Tokens(encoder, grid.Resize(first)), grid.OneHot(labels, objects));
        double[][] regions = new double[sequence.Frames.Count][], boundaries = new double[sequence.Frames.Count][];
        using FilmWriter? film = output is not null && overlay
            ? new(Path.Combine(output, $"{sequence.Name}.mp4"), first.Width, first.Height, FilmRate) : null;
        Save(sequence, 0, labels);
        film?.Add(LabelColors.Over(first, labels));
        frameDone();
        for (int frame = 1; frame < sequence.Frames.Count; frame++)
        {
            interruption.ThrowIfCancellationRequested();
            RgbImage picture = RgbImage.Load(sequence.Frames[frame]);
            if ((picture.Width, picture.Height) != (first.Width, first.Height))
            {
                throw new UserException(
                    $"{sequence.Frames[frame]} is {picture.Width}×{picture.Height}, but the first frame of {sequence.Name} is "
                    + $"{first.Width}×{first.Height}; a sequence has one size.");
            }

            LabelImage predicted = grid.Labels(propagation.Next(grid.Tokens(encoder, grid.Resize(picture))), first.Width, first.Height);
            Save(sequence, frame, predicted);
            film?.Add(LabelColors.Over(picture, predicted));
            (regions[frame], boundaries[frame]) = Score(predicted, sequence.Labels(frame, picture), objects);
            frameDone();
        }

        film?.Finish();
        return [.. Enumerable.Range(0, objects).Select(i => new ObjectScore(
            sequence.Name, i + 1, regions[1..^1].Average(values => values[i]), boundaries[1..^1].Average(values => values[i]),
            DavisMeasures.Statistics([.. regions[1..^1].Select(values => values[i])]).Recall,
            DavisMeasures.Statistics([.. boundaries[1..^1].Select(values => values[i])]).Recall))];
    }

    private static (double[] Regions, double[] Boundaries) Score(LabelImage predicted, LabelImage truth, int objects)
    {
        BinaryMask? ignored = truth.Labels.Contains(DavisFolder.Void) ? truth.Mask(DavisFolder.Void) : null;
        double[] regions = new double[objects], boundaries = new double[objects];
        Parallel.For(0, objects, i =>
        {
            (BinaryMask mask, BinaryMask gt) = (predicted.Mask(i + 1), truth.Mask(i + 1));
            (regions[i], boundaries[i]) = (DavisMeasures.Region(mask, gt, ignored), DavisMeasures.Boundary(mask, gt, ignored));
        });
        return (regions, boundaries);
    }

    private void Save(DavisSequence sequence, int frame, LabelImage labels)
    {
        if (output is not null)
        {
            string folder = Directory.CreateDirectory(Path.Combine(output, sequence.Name)).FullName;
            PngLabels.Write(Path.Combine(folder, Path.GetFileName(sequence.Annotations[frame])), labels);
        }
    }
}

/// <summary>One object of one sequence: means over its frames, and the share of frames above ½.</summary>
public sealed record ObjectScore(string Sequence, int Object, double J, double F, double JRecall, double FRecall)
{
    public double JAndF => (J + F) / 2;
}

/// <summary>What came out; the means are over objects, as in DAVIS 2017 (in 2016 a sequence has one).</summary>
public sealed record VosResults(IReadOnlyList<ObjectScore> Objects, double J, double F, double JAndF);
