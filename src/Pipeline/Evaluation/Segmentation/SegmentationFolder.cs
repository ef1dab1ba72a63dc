using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Knn;
using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.Segmentation;

/// <summary>A picture and its label file.</summary>
public sealed record SegmentationPair(string Picture, string Label);

/// <summary>Pictures with label files of the same names.</summary>
/// <param name="ReducesZeroLabel">Labels count from 1 and 0 is unlabelled, as in ADE20K.</param>
public sealed record SegmentationFolder(string Folder, IReadOnlyList<SegmentationPair> Pairs, bool ReducesZeroLabel)
{
    /// <exception cref="UserException">A folder is missing or empty, or a picture has no label file.</exception>
    public static SegmentationFolder Open(string images, string labels, bool reducesZeroLabel)
    {
        foreach (string needed in (string[])[images, labels])
        {
            if (!Directory.Exists(needed))
            {
                throw new UserException($"There is no folder {needed}; expected one of pictures and one of label files of the same names.");
            }
        }

        SegmentationPair[] pairs = [.. ImageFolder.Pictures(images)
            .Select(picture => new SegmentationPair(picture, Path.Combine(labels, $"{Path.GetFileNameWithoutExtension(picture)}.png")))];
        return pairs.Length == 0
            ? throw new UserException($"{images} holds no pictures.")
            : pairs.FirstOrDefault(pair => !File.Exists(pair.Label)) is { } lone
                ? throw new UserException($"There is no label file {lone.Label}, to which {lone.Picture} belongs.")
                : new(images, pairs, reducesZeroLabel);
    }

    /// <summary>The largest class number of all labels, plus 1.</summary>
    public int CountClasses() =>
        1 + Pairs.Max(pair => Reduce(PngLabels.Read(pair.Label)).Values().Where(value => value != SegmentationCounts.Ignore)
        .Select(value => (int)value).DefaultIfEmpty(-1).Max());

    /// <summary>A pair with classes from 0 on and <see cref="SegmentationCounts.Ignore"/> where nothing is labelled.</summary>
    /// <exception cref="UserException">The sizes differ, or a label is beyond the classes.</exception>
    public (RgbImage Picture, LabelImage Labels) Load(int index, int classes)
    {
        SegmentationPair pair = Pairs[index];
        RgbImage picture = RgbImage.Load(pair.Picture);
        LabelImage labels = PngLabels.Read(pair.Label);
        if ((labels.Width, labels.Height) != (picture.Width, picture.Height))
        {
            throw new UserException(
                $"{pair.Label} is {labels.Width}×{labels.Height}, but its picture {pair.Picture} is {picture.Width}×{picture.Height}; "
                + "labels and pictures must be of the same size.");
        }

        LabelImage reduced = Reduce(labels);
        int beyond = reduced.Values().FirstOrDefault(value => value >= classes && value != SegmentationCounts.Ignore);
        return beyond >= classes
            ? throw new UserException($"{pair.Label} has the label {beyond + (ReducesZeroLabel ? 1 : 0)}, but there are {classes} classes; "
                + $"give more with --classes, or mark what does not count with {SegmentationCounts.Ignore}.")
            : (picture, reduced);
    }

    private LabelImage Reduce(LabelImage labels) =>
        ReducesZeroLabel ? labels with { Labels = SegmentationCounts.ReduceZeroLabel(labels.Labels) } : labels;
}
