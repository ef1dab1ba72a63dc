using DoRA.Kernels;
using DoRA.Kernels.Augment;

namespace DoRA.Pipeline.Scores;

/// <summary>A photo, [3, side, side] in 0..1, and its class.</summary>
public sealed record LabelledPhoto(float[] Pixels, int Class);

/// <summary>A short video with an object's mask for every frame.</summary>
/// <param name="Name">The sequence's name.</param>
/// <param name="Frames">Each [3, height, width] in 0..1.</param>
/// <param name="Masks">Each [height · width], true on the object.</param>
public sealed record MaskedSequence(string Name, float[][] Frames, bool[][] Masks);

/// <summary>Pictures that nothing was trained on, to be scored by: the folder <c>samples/scores</c>.</summary>
public sealed class ScoreData
{
    /// <summary>Size of the photos.</summary>
    public static readonly PictureSize PhotoSize = new(64, 64);

    /// <summary>Size of the sequences' frames.</summary>
    public static readonly PictureSize FrameSize = new(128, 192);

    private ScoreData(IReadOnlyList<string> classes, IReadOnlyList<LabelledPhoto> photos, IReadOnlyList<MaskedSequence> sequences) =>
        (Classes, Photos, Sequences) = (classes, photos, sequences);

    public IReadOnlyList<string> Classes { get; }

    /// <summary>Class after class, as many of each.</summary>
    public IReadOnlyList<LabelledPhoto> Photos { get; }

    public IReadOnlyList<MaskedSequence> Sequences { get; }

    /// <summary>Reads <c>photos/CLASS.jpg</c> and <c>sequences/NAME.jpg, NAME.png</c>, all of them sheets of tiles.</summary>
    /// <exception cref="UserException">The folder, or what belongs in it, is missing or broken.</exception>
    public static ScoreData Load(string folder)
    {
        string[] sheets = Sheets(folder, "photos"), films = Sheets(folder, "sequences");
        List<LabelledPhoto> photos = [];
        for (int label = 0; label < sheets.Length; label++)
        {
            photos.AddRange(Sheet.Read(sheets[label], PhotoSize).Select(pixels => new LabelledPhoto(pixels, label)));
        }

        return new([.. sheets.Select(Name)], photos, [.. films.Select(ReadSequence)]);
    }

    private static MaskedSequence ReadSequence(string film)
    {
        string masks = Path.ChangeExtension(film, ".png");
        MaskedSequence sequence = new(
            Name(film), Sheet.Read(film, FrameSize), [.. Sheet.Read(masks, FrameSize).Select(Object)]);
        return sequence.Frames.Length == sequence.Masks.Length
            ? sequence
            : throw new UserException($"{film} has {sequence.Frames.Length} frames but {masks} {sequence.Masks.Length}; "
                + "restore both from the repository.");
    }

    private static bool[] Object(float[] mask) => [.. mask.Take(FrameSize.Pixels).Select(value => value > 0.5f)];

    private static string[] Sheets(string folder, string kind)
    {
        string path = Path.Combine(folder, kind);
        string[] files = Directory.Exists(path) ? Directory.GetFiles(path, "*.jpg") : [];
        if (files.Length == 0)
        {
            throw new UserException($"{path} has no pictures to score by; restore the folder samples/scores from the repository.");
        }

        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    private static string Name(string path) => Path.GetFileNameWithoutExtension(path);
}
