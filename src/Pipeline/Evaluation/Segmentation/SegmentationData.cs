using DoRA.Kernels;

namespace DoRA.Pipeline.Evaluation.Segmentation;

/// <summary>Pictures to learn from and pictures to be tested on.</summary>
public sealed record SegmentationData(SegmentationFolder Training, SegmentationFolder Test, int Classes)
{
    private const int AdeClasses = 150;

    /// <summary>ADE20K (<c>images/training</c>, <c>annotations/training</c>, …/validation) or CamVid (<c>train</c>, <c>trainannot</c>,
    /// <c>test</c>, <c>testannot</c>).</summary>
    /// <param name="classes">0 takes ADE20K's 150, elsewhere what the training labels hold.</param>
    /// <exception cref="UserException">The layout is neither.</exception>
    public static SegmentationData Open(string folder, int classes)
    {
        string In(params ReadOnlySpan<string> parts) => Path.Combine([folder, .. parts]);
        if (Directory.Exists(In("images", "training")))
        {
            return new(
                SegmentationFolder.Open(In("images", "training"), In("annotations", "training"), true),
                SegmentationFolder.Open(In("images", "validation"), In("annotations", "validation"), true),
                classes > 0 ? classes : AdeClasses);
        }

        return Directory.Exists(In("trainannot"))
            ? Open([In("train"), In("trainannot")], [In("test"), In("testannot")], false, classes)
            : throw new UserException(
                $"{folder} is laid out neither as ADE20K (images/training, annotations/training) nor as CamVid (train, trainannot); "
                + "name the folders with --train IMAGES LABELS and --test IMAGES LABELS.");
    }

    /// <param name="training">Folder of the pictures, folder of the labels.</param>
    /// <param name="test">The same.</param>
    /// <exception cref="UserException">Not two folders each, or they do not fit.</exception>
    public static SegmentationData Open(IReadOnlyList<string> training, IReadOnlyList<string> test, bool reducesZeroLabel, int classes)
    {
        if (training.Count != 2 || test.Count != 2)
        {
            throw new UserException(
                "--train and --test each take two folders, of the pictures and of the label files, and are given together.");
        }

        SegmentationFolder first = SegmentationFolder.Open(training[0], training[1], reducesZeroLabel);
        int count = classes > 0 ? classes : first.CountClasses();
        return count is >= 2 and <= 255
            ? new(first, SegmentationFolder.Open(test[0], test[1], reducesZeroLabel), count)
            : throw new UserException($"The labels in {training[1]} hold {count} classes; at least 2 and at most 255 can be told apart.");
    }
}
