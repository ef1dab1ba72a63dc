using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Discovery;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.Measures;
using DoRA.Pipeline.Tests.Runs;

namespace DoRA.Pipeline.Tests.Evaluation;

public class BoxedPicturesTests
{
    [Test]
    public void The_three_kinds_of_boxes_say_the_same()
    {
        using TemporaryFolder folder = Pictures();
        File.WriteAllText(folder.File("voc/one.xml"),
            "<annotation>\n<object><bndbox><xmin>11</xmin><ymin>5</ymin><xmax>30</xmax><ymax>20</ymax></bndbox></object></annotation>");
        File.WriteAllText(folder.File("yolo/one.txt"), "3 0.5 0.4 0.5 0.533333333333333\n");
        File.WriteAllText(folder.File("coco.json"), """
            {"images": [{"id": 7, "file_name": "one.png"}],
             "annotations": [{"image_id": 7, "bbox": [10.2, 3.9, 19.9, 16.3]}, {"image_id": 7, "bbox": [0, 0, 9, 9], "iscrowd": 1}]}
            """);
        Box wanted = new(10, 4, 20, 16);
        foreach (string boxes in (string[])["voc", "yolo", "coco.json"])
        {
            BoxedPicture picture = BoxedPictures.Open(folder.File("images"), folder.File(boxes)).Single();
            Box box = picture.InPixels(40, 30).Single();
            Assert.That(box.Iou(wanted), Is.EqualTo(1).Within(1e-9), boxes);
        }
    }

    [Test]
    public void Broken_boxes_are_named_with_their_line()
    {
        using TemporaryFolder folder = Pictures();
        IReadOnlyList<BoxedPicture> Open(string boxes) => BoxedPictures.Open(folder.File("images"), folder.File(boxes));
        Assert.That(() => Open("voc"), BadInput.Saying("neither xml nor txt"));
        Assert.That(() => Open("missing"), BadInput.Saying("There are no boxes", "missing"));
        Assert.That(() => BoxedPictures.Open(folder.File("none"), folder.File("voc")), BadInput.Saying("There is no folder", "none"));
        File.WriteAllText(folder.File("voc/one.xml"), "<annotation>\n<object></annotation>");
        Assert.That(() => Open("voc"), BadInput.Saying("one.xml, line 2", "XML"));
        File.WriteAllText(folder.File("voc/one.xml"), "<annotation>\n\n<object></object></annotation>");
        Assert.That(() => Open("voc"), BadInput.Saying("one.xml, line 3", "bndbox"));
        File.WriteAllText(folder.File("voc/one.xml"), "<annotation><object>\n<bndbox><xmin>a</xmin></bndbox></object></annotation>");
        Assert.That(() => Open("voc"), BadInput.Saying("one.xml, line 2", "xmin"));
        File.WriteAllText(folder.File("voc/one.xml"), "<annotation></annotation>");
        Assert.That(() => Open("voc"), BadInput.Saying("holds no boxes"));
        File.WriteAllText(folder.File("yolo/one.txt"), "0 .5 .5 .1 .1\n0 .5 .5 .1\n");
        Assert.That(() => Open("yolo"), BadInput.Saying("one.txt, line 2"));
        File.WriteAllText(folder.File("yolo/two.txt"), "");
        Assert.That(() => Open("yolo"), BadInput.Saying("one.txt, line 2"));
        File.Delete(folder.File("yolo/one.txt"));
        Assert.That(() => Open("yolo"), BadInput.Saying("no picture two"));
        File.WriteAllText(folder.File("coco.json"), "{\n\"images\": [\n}");
        Assert.That(() => Open("coco.json"), BadInput.Saying("coco.json, line 3", "JSON"));
        File.WriteAllText(folder.File("coco.json"), "{\"images\": []}");
        Assert.That(() => Open("coco.json"), BadInput.Saying("no COCO instances file"));
        File.WriteAllText(folder.File("coco.json"), "{\"images\": [{\"id\": 1, \"file_name\": \"two.png\"}], \"annotations\": []}");
        Assert.That(() => Open("coco.json"), BadInput.Saying("no picture", "two.png", "coco.json"));
    }

    [Test]
    public void Every_method_gives_a_score_and_a_picture()
    {
        using TemporaryFolder folder = Pictures();
        File.WriteAllText(folder.File("yolo/one.txt"), "0 0.5 0.5 1 1\n");
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = new(device, new(24, 1, 3, 8, 64), "", Model.LinearInitialisation.UniformFanIn);
        encoder.Parameters.Initialise(1);
        DiscoverResults results = new DiscoverEvaluation(encoder, Enum.GetValues<DiscoveryMethod>(), 0, longestSide: 20, folder.File("out"))
            .Run(BoxedPictures.Open(folder.File("images"), folder.File("yolo")), (_, _) => { }, CancellationToken.None);
        Assert.That(results.Scores, Has.Count.EqualTo(3));
        Assert.That(results.Scores.Select(score => score.MeanOverlap), Has.All.InRange(0, 1));
        RgbImage drawn = RgbImage.Load(folder.File("out/TokenCut/one.png"));
        Assert.That((drawn.Width, drawn.Height), Is.EqualTo((20, 15)));
    }

    private static TemporaryFolder Pictures()
    {
        TemporaryFolder folder = new();
        foreach (string name in (string[])["images", "voc", "yolo"])
        {
            Directory.CreateDirectory(folder.File(name));
        }

        PngLabels.Write(folder.File("images/one.png"), new(40, 30, [.. Enumerable.Range(0, 1200).Select(i => (byte)(i % 40 / 8 * 9))]));
        return folder;
    }
}
