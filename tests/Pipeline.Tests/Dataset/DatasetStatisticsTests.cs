using System.Text.Json;
using DoRA.Pipeline.Pictures;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using SkiaSharp;

namespace DoRA.Pipeline.Tests.Dataset;

public class DatasetStatisticsTests
{
    private const string Labels =
        """
        {"images": [{"id": 7, "file_name": "walk/frame_000000.jpg"}, {"id": 8, "file_name": "walk/frame_000010.jpg"}, {"id": 9, "file_name": "x.jpg", "frame_id": 20}],
         "categories": [{"id": 1, "name": "person"}, {"id": 3, "name": "car"}],
         "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, 5, 5]}, {"id": 2, "image_id": 7, "category_id": 1},
                         {"id": 3, "image_id": 7, "category_id": 3}, {"id": 4, "image_id": 9, "category_id": 3}]}
        """;

    private static readonly string[] Plots = ["classes.svg", "lightness.svg", "motion.svg", "objects.svg", "shots.svg", "statistics.json"];
    private static readonly string Video = VideoFixtures.File("made/count.mp4");
    private static readonly (double, int, int)[] Labelled = [(0, 3, 2), (0.4, 0, 0), (0.8, 1, 1)];

    [Test]
    public void Labels_give_objects_and_classes_of_their_frames_and_everything_is_written()
    {
        using TemporaryFolder folder = new();
        string labels = Write(folder, Labels), output = folder.File("out");

        CommandResult result = CommandResult.Of("dataset", "statistics", Video, "--labels", labels, "--output", output, "--json");

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        JsonElement video = JsonDocument.Parse(result.Output).RootElement.GetProperty("videos")[0];
        Assert.That(video.GetProperty("labels").EnumerateArray().Select(frame => (
            Math.Round(frame.GetProperty("seconds").GetDouble(), 3), frame.GetProperty("objects").GetInt32(), frame.GetProperty("classes").GetInt32())),
            Is.EqualTo(Labelled));
        Assert.That(video.GetProperty("objects").GetProperty("mean").GetDouble(), Is.EqualTo(4 / 3.0).Within(1e-9));
        Assert.That(video.GetProperty("frames").GetInt32(), Is.EqualTo(200));
        Assert.That(Directory.GetFiles(output).Select(Path.GetFileName).Order(), Is.EqualTo(Plots));
        Assert.That(File.ReadAllText(Path.Combine(output, "lightness.svg")), Does.Contain("count.mp4").And.Contain("CIE L*"));
        Assert.That(CommandResult.Of("dataset", "statistics", Video, "--output", output).Messages, Does.Contain("exists already"));
    }

    [Test]
    public void The_table_has_a_line_a_video_and_no_plot_without_labels()
    {
        using TemporaryFolder folder = new();
        string output = folder.File("out");

        CommandResult result = CommandResult.Of("dataset", "statistics", Video, VideoFixtures.File("gopro3s_av1.mp4"), "--output", output);

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        Assert.That(result.Output, Does.Contain("count.mp4").And.Contain("gopro3s_av1.mp4").And.Contain("CIE L*"));
        Assert.That(File.Exists(Path.Combine(output, "objects.svg")), Is.False);
    }

    [Test]
    public void Detections_count_from_the_score_on()
    {
        using TemporaryFolder folder = new();
        string labels = Write(folder,
            """[{"image_id": 5, "category_id": 1, "score": 0.9}, {"image_id": 5, "category_id": 2, "score": 0.6}, {"image_id": 6, "category_id": 1, "score": 0.1}]""");

        JsonElement frames = Frames(Video, labels, "--score", "0.7");

        Assert.That(frames.EnumerateArray().Select(frame => frame.GetProperty("objects").GetInt32()), Is.EqualTo((int[])[1, 0]));
    }

    [Test]
    public void Pictures_of_a_folder_are_found_by_their_names()
    {
        using TemporaryFolder folder = new();
        string pictures = Directory.CreateDirectory(folder.File("walk")).FullName;
        for (int i = 0; i < 3; i++)
        {
            File.WriteAllBytes(Path.Combine(pictures, $"{i + 5:d5}.png"), PictureSheet.Encode(Overlay.Bitmap(TestFilm.Plain(100)), SKEncodedImageFormat.Png));
        }

        string labels = Write(folder, """{"images": [{"id": 1, "file_name": "walk/00006.png"}], "annotations": [{"image_id": 1, "category_id": 1}]}""");

        JsonElement frames = Frames(pictures, labels, "--pictures-per-second", "10");

        Assert.That(frames[0].GetProperty("seconds").GetDouble(), Is.EqualTo(0.1).Within(1e-9));
    }

    private static IEnumerable<TestCaseData> Bad()
    {
        static TestCaseData Case(string name, string labels, string said) => new TestCaseData(labels, said).SetArgDisplayNames(name);

        yield return Case("no JSON", "person 3", "no label file in COCO format");
        yield return Case("other JSON", """{"shapes": []}""", "no label file in COCO format");
        yield return Case("null for a list", """{"images": null, "annotations": []}""", "no label file in COCO format");
        yield return Case("detections without an image", """[{"category_id": 1}]""", "no label file in COCO format");
        yield return Case("a frame far behind the end", """{"images": [{"id": 1, "file_name": "900.jpg"}], "annotations": []}""", "is frame 900, but");
        yield return Case("the frame after the last", """{"images": [{"id": 1, "file_name": "200.jpg"}], "annotations": []}""", "frame 200 too, but");
        yield return Case("a negative frame", """{"images": [{"id": 1, "frame_id": -1}], "annotations": []}""", "is frame -1, but");
        yield return Case("no frame", """{"images": [{"id": 1, "file_name": "cat.jpg"}], "annotations": []}""", "says no frame");
        yield return Case("a frame twice", """{"images": [{"id": 1, "file_name": "1.jpg"}, {"id": 2, "file_name": "b1.jpg"}], "annotations": []}""", "list each frame once");
        yield return Case("an image twice", """{"images": [{"id": 1, "file_name": "1.jpg"}, {"id": 1, "file_name": "1.jpg"}], "annotations": []}""", "list each frame once");
        yield return Case("an image that is not listed", """{"images": [], "annotations": [{"image_id": 4, "category_id": 1}]}""", "annotation of image 4");
    }

    [TestCaseSource(nameof(Bad))]
    public void Bad_labels_are_answered_with_a_sentence(string content, string said)
    {
        using TemporaryFolder folder = new();
        AssertRefused(CommandResult.Of("dataset", "statistics", Video, "--labels", Write(folder, content)), said);
    }

    [Test]
    public void Images_of_other_videos_are_refused()
    {
        using TemporaryFolder folder = new();
        AssertRefused(
            CommandResult.Of("dataset", "statistics", Video, VideoFixtures.File("gopro3s_av1.mp4"), "--labels", Write(folder, Labels)), "belongs to none of the 2 videos");
        AssertRefused(CommandResult.Of("dataset", "statistics", Video, "--labels", folder.File("none.json")), "check the path");
        AssertRefused(CommandResult.Of("dataset", "statistics", Video, "--rate", "0"), "--rate is 0");
    }

    private static void AssertRefused(CommandResult result, string said)
    {
        Assert.That(result.Messages, Does.Contain(said));
        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Output, Is.Empty);
        Assert.That(result.Messages.Trim().Split('\n')[^1], Does.StartWith("dora: "));
    }

    private static JsonElement Frames(string video, string labels, params string[] arguments)
    {
        CommandResult result = CommandResult.Of(["dataset", "statistics", video, "--labels", labels, "--json", .. arguments]);
        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        return JsonDocument.Parse(result.Output).RootElement.GetProperty("videos")[0].GetProperty("labels");
    }

    private static string Write(TemporaryFolder folder, string content)
    {
        string path = folder.File("labels.json");
        File.WriteAllText(path, content);
        return path;
    }
}
