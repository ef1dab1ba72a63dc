using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Knn;

namespace DoRA.Pipeline.Cli;

/// <summary>The options that say which pictures to learn from and which to be tested on.</summary>
internal sealed class EvaluateImageSplitOptions
{
    private readonly Argument<string> _folder = new("FOLDER")
    {
        Description = "A folder with train/ and val/, each with a folder of pictures a class; or, with --test or --train-share, a folder of class folders.",
    };

    private readonly Option<string?> _test =
        new("--test") { HelpName = "FOLDER", Description = "Class folders to be tested on; FOLDER is then trained on." };

    private readonly Option<double?> _share = new("--train-share")
    {
        HelpName = "SHARE", Description = "Trains on the first share of each class of FOLDER and tests on the rest, as 0.7.",
    };

    private readonly Option<int> _size = new("--size")
    {
        HelpName = "PIXELS", Description = "Side of the crop.", DefaultValueFactory = _ => new CenterCrop().Size,
    };

    public void AddTo(Command command)
    {
        command.Add(_folder);
        command.Add(_test);
        command.Add(_share);
        command.Add(_size);
    }

    public ImageSplit Open(ParseResult parsed) =>
        ImageSplit.Open(parsed.GetRequiredValue(_folder), parsed.GetValue(_test), parsed.GetValue(_share));

    /// <exception cref="UserException">The size is none.</exception>
    public CenterCrop Crop(ParseResult parsed) =>
        parsed.GetValue(_size) is > 0 and var size ? new(size)
            : throw new UserException("--size is the side of the crop in pixels, as 224.");

    public static string Describe(ImageSplit split) =>
        $"{split.Training.Folder}: {split.Classes.Count} classes, {split.Training.Images.Count} pictures to learn from; {split.Test.Images.Count} test pictures of {split.Test.Folder}";
}
