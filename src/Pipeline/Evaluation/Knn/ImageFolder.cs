using DoRA.Kernels;

namespace DoRA.Pipeline.Evaluation.Knn;

/// <summary>A picture and the number of its class.</summary>
public readonly record struct LabelledImage(string Path, int Label);

/// <summary>Pictures in a folder a class, as ImageNet is published.</summary>
/// <param name="Classes">The folders' names, sorted; a class's number is its place.</param>
/// <param name="Images">Sorted by class, then by name.</param>
public sealed record ImageFolder(string Folder, IReadOnlyList<string> Classes, IReadOnlyList<LabelledImage> Images)
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp", ".bmp"];

    /// <summary>True for a file whose name says that it is a picture.</summary>
    public static bool IsPicture(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>Pictures of a folder, sorted by name.</summary>
    public static string[] Pictures(string folder) => [.. Directory.EnumerateFiles(folder).Where(IsPicture).Order(StringComparer.Ordinal)];

    /// <exception cref="UserException">The folder is missing, has no class folders, or one of them is empty.</exception>
    public static ImageFolder Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new UserException($"There is no folder {folder}; expected one with a folder of pictures for each class.");
        }

        string[] classes = [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)!)
            .Order(StringComparer.Ordinal)];
        if (classes.Length == 0)
        {
            throw new UserException(
                $"{folder} holds no folders; expected one with a folder of pictures for each class, as {Path.Combine(folder, "cat", "1.jpg")}.");
        }

        List<LabelledImage> images = [];
        for (int label = 0; label < classes.Length; label++)
        {
            string[] pictures = Pictures(Path.Combine(folder, classes[label]));
            if (pictures.Length == 0)
            {
                throw new UserException(
                    $"The class folder {Path.Combine(folder, classes[label])} holds no pictures; fill it or take it away.");
            }

            images.AddRange(pictures.Select(path => new LabelledImage(path, label)));
        }

        return new(folder, classes, images);
    }

    /// <summary>The same pictures with the class numbers of the folder that was trained on.</summary>
    /// <exception cref="UserException">A class is not among them.</exception>
    public ImageFolder NumberedAs(ImageFolder training)
    {
        Dictionary<string, int> numbers = training.Classes.Select((name, number) => (name, number))
            .ToDictionary(pair => pair.name, pair => pair.number);
        return Classes.FirstOrDefault(name => !numbers.ContainsKey(name)) is { } unknown
            ? throw new UserException(
                $"The class {unknown} of {Folder} does not occur in {training.Folder}; training and test need the same class folders.")
            : new(Folder, training.Classes, [.. Images.Select(image => image with { Label = numbers[Classes[image.Label]] })]);
    }

    /// <summary>The first <paramref name="share"/> of each class, by name, and the rest.</summary>
    /// <exception cref="UserException">A class is too small to be parted.</exception>
    public (ImageFolder Training, ImageFolder Test) Part(double share)
    {
        List<LabelledImage> training = [], test = [];
        foreach (IGrouping<int, LabelledImage> group in Images.GroupBy(image => image.Label))
        {
            LabelledImage[] images = [.. group];
            int count = (int)Math.Round(images.Length * share);
            if (count == 0 || count == images.Length)
            {
                throw new UserException(
                    $"The class {Classes[group.Key]} of {Folder} has {images.Length} pictures, too few to train on {share:p0} and to test on the rest.");
            }

            training.AddRange(images[..count]);
            test.AddRange(images[count..]);
        }

        return (this with { Images = training }, this with { Images = test });
    }
}
