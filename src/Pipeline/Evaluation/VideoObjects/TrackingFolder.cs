using System.Globalization;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Knn;
using DoRA.Pipeline.Evaluation.Measures;

namespace DoRA.Pipeline.Evaluation.VideoObjects;

/// <summary>A sequence with a box a frame.</summary>
/// <param name="Covers">How much of the object is seen, 0 to 8; null where it is not said. Frames of 0 do not count.</param>
public sealed record TrackingSequence(string Name, IReadOnlyList<string> Frames, IReadOnlyList<Box> Boxes, IReadOnlyList<double>? Covers);

/// <summary>GOT-10k as it is published: a folder a sequence with its frames, <c>groundtruth.txt</c> (x,y,width,height a line) and
/// <c>cover.label</c>.</summary>
public sealed record TrackingFolder(string Folder, IReadOnlyList<TrackingSequence> Sequences)
{
    private const string BoxFile = "groundtruth.txt", CoverFile = "cover.label";
    private const int BoxNumbers = 4;
    private static readonly char[] Separators = [',', ' ', '\t'];

    /// <param name="names">Which sequences; all that have boxes when empty.</param>
    /// <exception cref="UserException">The layout is another, a line is no box, or boxes and frames are not as many.</exception>
    public static TrackingFolder Open(string folder, IReadOnlyList<string> names)
    {
        if (!Directory.Exists(folder))
        {
            throw new UserException(
                $"There is no folder {folder}; expected the layout of GOT-10k: SEQUENCE/00000001.jpg and SEQUENCE/{BoxFile}.");
        }

        IReadOnlyList<string> wanted = names.Count > 0
            ? names
            : [.. Directory.EnumerateDirectories(folder).Where(path => File.Exists(Path.Combine(path, BoxFile)))
                .Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        return wanted.Count > 0
            ? new(folder, [.. wanted.Select(name => OpenSequence(Path.Combine(folder, name), name))])
            : throw new UserException(
                $"{folder} holds no sequences; expected the layout of GOT-10k: SEQUENCE/00000001.jpg and SEQUENCE/{BoxFile}.");
    }

    private static TrackingSequence OpenSequence(string folder, string name)
    {
        string boxFile = Path.Combine(folder, BoxFile), coverFile = Path.Combine(folder, CoverFile);
        if (!File.Exists(boxFile))
        {
            throw new UserException($"There is no {boxFile}; every sequence needs its boxes, a line x,y,width,height for each frame.");
        }

        string[] frames = ImageFolder.Pictures(folder);
        Box[] boxes = [.. Numbers(boxFile, BoxNumbers).Select(values => new Box(values[0], values[1], values[2], values[3]))];
        double[]? covers = File.Exists(coverFile) ? [.. Numbers(coverFile, 1).Select(values => values[0])] : null;
        RequireLength(boxFile, boxes.Length, frames.Length);
        RequireLength(coverFile, covers?.Length ?? frames.Length, frames.Length);
        return frames.Length > 1 && boxes[0] is { Width: > 0, Height: > 0 }
            ? new(name, frames, boxes, covers)
            : throw new UserException(
                $"{folder} needs at least two frames, and on line 1 of its {BoxFile} a box with a width and a height to start from.");
    }

    private static void RequireLength(string file, int lines, int frames)
    {
        if (lines != frames)
        {
            throw new UserException($"{file} has {lines} lines, but its folder {frames} frames; it needs a line for each.");
        }
    }

    private static List<double[]> Numbers(string file, int count)
    {
        List<double[]> rows = [];
        foreach (string line in File.ReadLines(file).Where(line => line.Length > 0))
        {
            string[] parts = line.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
            double[] values = [.. parts.Select(
                part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
            rows.Add(values.Length == count && values.All(double.IsFinite)
                ? values
                : throw new UserException(
                    $"{file}, line {rows.Count + 1}: \"{line}\" is not {(count == 1 ? "a number" : "x,y,width,height")}."));
        }

        return rows;
    }
}
