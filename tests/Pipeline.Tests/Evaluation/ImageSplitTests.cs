using DoRA.Kernels;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Knn;
using DoRA.Pipeline.Tests.Runs;

namespace DoRA.Pipeline.Tests.Evaluation;

public class ImageSplitTests
{
    [Test]
    public void ImageNets_layout_is_understood()
    {
        using TemporaryFolder folder = new();
        Touch(folder, "train/cat/1.jpg", "train/cat/2.JPEG", "train/cat/notes.txt", "train/dog/1.png", "val/dog/9.jpg");
        ImageSplit split = ImageSplit.Open(folder.Path);
        Assert.That(string.Join(' ', split.Classes), Is.EqualTo("cat dog"));
        Assert.That(string.Join(' ', split.Training.Images.Select(image => image.Label)), Is.EqualTo("0 0 1"));
        Assert.That(split.Test.Images.Single().Label, Is.EqualTo(1), "numbered as the classes that were trained on");
    }

    [Test]
    public void One_folder_is_parted_by_class()
    {
        using TemporaryFolder folder = new();
        Touch(folder, "cat/1.jpg", "cat/2.jpg", "cat/3.jpg", "dog/1.jpg", "dog/2.jpg", "dog/3.jpg");
        ImageSplit split = ImageSplit.Open(folder.Path, share: 0.67);
        Assert.That(split.Training.Images, Has.Count.EqualTo(4));
        Assert.That(string.Join(' ', split.Test.Images.Select(image => Path.GetFileName(image.Path))), Is.EqualTo("3.jpg 3.jpg"));
    }

    [Test]
    public void Folders_that_do_not_fit_are_named()
    {
        using TemporaryFolder folder = new();
        Touch(folder, "train/cat/1.jpg", "val/bird/1.jpg", "hollow/cat/notes.txt", "bare/1.jpg");
        Assert.That(() => ImageSplit.Open(folder.Path), BadInput.Saying("The class bird of", "class folders"));
        Assert.That(() => ImageFolder.Open(folder.File("hollow")), BadInput.Saying(Path.Combine("hollow", "cat"), "no pictures"));
        Assert.That(() => ImageFolder.Open(folder.File("bare")), BadInput.Saying("bare holds no folders"));
        Assert.That(() => ImageFolder.Open(folder.File("missing")), BadInput.Saying("no folder", "missing"));
        Assert.That(() => ImageSplit.Open(folder.File("train")), BadInput.Saying("--test", "--train-share"));
        Assert.That(() => ImageSplit.Open(folder.File("train"), share: 0.5), BadInput.Saying("The class cat of", "too few"));
        Assert.That(() => ImageSplit.Open(folder.File("train"), share: 2), BadInput.Saying("between 0 and 1"));
    }

    [Test]
    public void A_k_above_the_training_pictures_is_left_out_and_no_k_at_all_is_refused()
    {
        using TemporaryFolder folder = new();
        foreach (string name in (string[])["train/cat/1.png", "train/dog/1.png", "val/cat/2.png"])
        {
            Touch(folder, name);
            PngLabels.Write(folder.File(name), new(40, 30, new byte[1200]));
        }

        using CpuDevice device = new(1);
        using FrozenEncoder encoder = new(device, new(12, 1, 3, 4, 16));
        encoder.Parameters.Initialise(1);
        ImageSplit split = ImageSplit.Open(folder.Path);
        KnnResults results = KnnEvaluation.Run(encoder, split, new(16), [1, 10], (_, _) => { }, CancellationToken.None);
        Assert.That(results.Scores.Single().K, Is.EqualTo(1));
        Assert.That(results.Scores[0].Top1, Is.EqualTo(100), "of equals the first wins");
        Assert.That(() => KnnEvaluation.Run(encoder, split, new(16), [10], (_, _) => { }, CancellationToken.None),
            BadInput.Saying("2 pictures", "--k"));
    }

    private static void Touch(TemporaryFolder folder, params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            File.WriteAllText(folder.File(name), "");
        }
    }
}
