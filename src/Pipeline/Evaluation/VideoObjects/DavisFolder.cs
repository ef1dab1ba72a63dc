using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Knn;

namespace DoRA.Pipeline.Evaluation.VideoObjects;

/// <summary>A sequence with a label file a frame.</summary>
public sealed record DavisSequence(string Name, IReadOnlyList<string> Frames, IReadOnlyList<string> Annotations)
{
    /// <summary>A frame's labels: 0 the background, 1 … the objects, 255 what does not count. A mask of 0 and 255 only is one
    /// object.</summary>
    /// <exception cref="UserException">The file is no label file, or of another size than the frame.</exception>
    public LabelImage Labels(int frame, RgbImage? picture = null)
    {
        LabelImage labels = PngLabels.Read(Annotations[frame]);
        if (picture is not null && (labels.Width, labels.Height) != (picture.Width, picture.Height))
        {
            throw new UserException(
                $"{Annotations[frame]} is {labels.Width}×{labels.Height}, but its frame {Frames[frame]} is {picture.Width}×{picture.Height}; "
                + "labels and frames must be of the same size.");
        }

        bool isMask = labels.Values().All(value => value is 0 or DavisFolder.Void);
        return isMask ? labels with { Labels = [.. labels.Labels.Select(value => (byte)(value / DavisFolder.Void))] } : labels;
    }
}

/// <summary>DAVIS as it is published: <c>JPEGImages/480p/SEQUENCE/00000.jpg</c> and <c>Annotations/480p/SEQUENCE/00000.png</c>.</summary>
public sealed record DavisFolder(string Folder, IReadOnlyList<DavisSequence> Sequences)
{
    /// <summary>The label of pixels that do not count.</summary>
    public const byte Void = 255;

    /// <summary>Frames of a sequence that can be scored: the first is given, and neither first nor last count.</summary>
    private const int FewestFrames = 3;

    /// <param name="names">Which sequences; all that have annotations when empty.</param>
    /// <exception cref="UserException">The layout is another, a sequence is unknown, or frames and labels are not pairs.</exception>
    public static DavisFolder Open(string folder, IReadOnlyList<string> names)
    {
        string images = Path.Combine(folder, "JPEGImages", "480p"), labels = Path.Combine(folder, "Annotations", "480p");
        foreach (string needed in (string[])[images, labels])
        {
            if (!Directory.Exists(needed))
            {
                throw new UserException(
                    $"There is no folder {needed}; expected the layout of DAVIS: JPEGImages/480p/SEQUENCE and Annotations/480p/SEQUENCE.");
            }
        }

        IReadOnlyList<string> wanted = names.Count > 0
            ? names
            : [.. Directory.EnumerateDirectories(labels).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        return wanted.Count > 0
            ? new(folder, [.. wanted.Select(name => OpenSequence(images, labels, name))])
            : throw new UserException($"{labels} holds no sequences; expected a folder of label files for each.");
    }

    private static DavisSequence OpenSequence(string images, string labels, string name)
    {
        foreach (string needed in (string[])[Path.Combine(images, name), Path.Combine(labels, name)])
        {
            if (!Directory.Exists(needed))
            {
                throw new UserException($"There is no folder {needed}; the sequence {name} needs one of frames and one of label files.");
            }
        }

        string[] frames = ImageFolder.Pictures(Path.Combine(images, name));
        if (frames.Length < FewestFrames)
        {
            throw new UserException(
                $"{Path.Combine(images, name)} holds {frames.Length} frames; a sequence needs at least {FewestFrames}.");
        }

        string[] annotations = [.. frames.Select(frame => Path.Combine(labels, name, $"{Path.GetFileNameWithoutExtension(frame)}.png"))];
        return annotations.FirstOrDefault(path => !File.Exists(path)) is { } missing
            ? throw new UserException($"There is no label file {missing}; every frame of {name} needs one of its name.")
            : new(name, frames, annotations);
    }
}
