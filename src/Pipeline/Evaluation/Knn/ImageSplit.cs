using DoRA.Kernels;

namespace DoRA.Pipeline.Evaluation.Knn;

/// <summary>Pictures to learn from and pictures to be tested on, of the same classes.</summary>
public sealed record ImageSplit(ImageFolder Training, ImageFolder Test)
{
    private static readonly string[] TestNames = ["val", "test"];

    public IReadOnlyList<string> Classes => Training.Classes;

    /// <summary>
    /// A folder with <c>train/</c> and <c>val/</c> (or <c>test/</c>), as ImageNet is published; or two folders; or one folder whose first
    /// <paramref name="share"/> of each class is trained on.
    /// </summary>
    /// <exception cref="UserException">The folders are missing or do not fit together.</exception>
    public static ImageSplit Open(string folder, string? test = null, double? share = null)
    {
        if (share is { } part)
        {
            if (test is not null || part is not (> 0 and < 1))
            {
                throw new UserException(
                    "--train-share parts one folder of classes and lies between 0 and 1; leave out --test, or leave out --train-share.");
            }

            (ImageFolder first, ImageFolder rest) = ImageFolder.Open(folder).Part(part);
            return new(first, rest);
        }

        string training = test is null ? Path.Combine(folder, "train") : folder;
        test ??= TestNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists);
        if (test is null || !Directory.Exists(training))
        {
            throw new UserException(
                $"{folder} has no train/ and val/ (or test/) with a folder of pictures for each class; name the test folder with --test, "
                + "or part one folder with --train-share 0.7.");
        }

        ImageFolder trained = ImageFolder.Open(training);
        return new(trained, ImageFolder.Open(test).NumberedAs(trained));
    }
}
