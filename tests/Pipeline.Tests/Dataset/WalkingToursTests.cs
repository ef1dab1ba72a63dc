using System.Text.Json;
using DoRA.Kernels.Augment;
using DoRA.Pipeline.Dataset;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Dataset;

public class WalkingToursTests
{
    private static readonly WalkingTours Tours = WalkingTours.Published;

    [Test]
    public void The_list_is_that_of_the_paper()
    {
        CommandResult text = CommandResult.Of("dataset", "walking-tours"), json = CommandResult.Of("dataset", "walking-tours", "--json");
        Assert.That(Tours.Videos.Select(video => video.Id).Distinct().Count(), Is.EqualTo(10));
        Assert.That(Tours.Videos.Select(video => video.Id), Is.All.Length.EqualTo(11));
        Assert.That((Tours.LeastMinutes, Tours.MostMinutes), Is.EqualTo((59, 175)));
        Assert.That(text.Output, Does.Contain("https://www.youtube.com/watch?v=fGX0Te6pFvk").And.Contain("2:55:00").And.Contain("unknown").And.Contain("CC BY"));
        Assert.That(JsonDocument.Parse(json.Output).RootElement.GetProperty("videos").GetArrayLength(), Is.EqualTo(10));
    }

    [TestCase("Venice Walking Tour [fGX0Te6pFvk].mp4", "Venice", 2)]
    [TestCase("Walking_Tour_Chiang_Mai.webm", "Chiang Mai", 1)]
    [TestCase("Kuala_Lampur.mp4", "Kuala Lumpur", 1)]
    [TestCase("YcI_UXfMTgo.mkv", "Wildlife", 2)]
    [TestCase("Paris.mp4", "Venice", 0)]
    public void Files_are_known_by_id_or_name(string file, string video, int match)
    {
        Assert.That(Tours.Videos.Single(tour => tour.Name == video).Match(file), Is.EqualTo(match));
        Assert.That(Tours.Videos.Where(tour => tour.Name != video).Select(tour => tour.Match(file)), Is.All.Zero);
    }

    [Test]
    public void Ten_videos_as_published_are_complete()
    {
        TourCheck check = Check(AsPublished());
        Assert.That(check.IsComplete, string.Join("; ", check.Problems.Concat(check.Videos.SelectMany(video => video.Problems))));
        Assert.That(check.Videos.Single(finding => finding.Video.Name == "Venice").Length, Does.StartWith("unknown (not compared"));
    }

    [Test]
    public void What_differs_is_named()
    {
        List<VideoInfo> videos = AsPublished();
        Change("Bangkok", info => info with { DurationSeconds = 600 });
        Change("Venice", info => info with { DurationSeconds = 4 * 3600 });
        Change("Zurich", info => info with { Format = info.Format with { Width = 1280, Height = 720 } });
        Change("Istanbul", info => info with { FramesPerSecond = 30 });
        Change("Singapore", info => info with { FramesPerSecond = 60000 / 1001.0 });
        videos.RemoveAll(video => video.Path.StartsWith("Amsterdam", StringComparison.Ordinal));
        videos.Add(Info("Wildlife again", 59));
        videos.Add(Info("Paris", 90));

        TourCheck check = Check(videos);

        Assert.That(check.IsComplete, Is.False);
        Assert.That(Problem("Bangkok"), Is.EqualTo("lasts 0:10:00, published is 2:55:00"));
        Assert.That(Problem("Venice"), Is.EqualTo("lasts 4:00:00, published is 0:59:00 to 2:55:00"));
        Assert.That(Problem("Zurich"), Is.EqualTo("1280×720 pixels, published is 3840×2160"));
        Assert.That(Problem("Istanbul"), Is.EqualTo("30 frames/s, published is 60"));
        Assert.That(Problem("Singapore"), Is.Empty);
        Assert.That(Problem("Amsterdam"), Does.Contain("missing").And.Contain("E07rTPgIvn0"));
        Assert.That(Problem("Wildlife"), Does.Contain("Wildlife again.mp4 may be the same video"));
        Assert.That(check.Unknown, Is.EqualTo((string[])["Paris.mp4"]));

        string Problem(string name) => string.Join("; ", check.Videos.Single(finding => finding.Video.Name == name).Problems);

        void Change(string name, Func<VideoInfo, VideoInfo> change)
        {
            int index = videos.FindIndex(video => video.Path == name + ".mp4");
            videos[index] = change(videos[index]);
        }
    }

    [Test]
    public void A_mean_that_is_off_is_named()
    {
        TourCheck check = Check([.. AsPublished().Select(video => video.DurationSeconds is 175 * 60 or 59 * 60 ? video : video with { DurationSeconds = 60 * 60 })]);
        Assert.That(check.Problems, Has.Count.EqualTo(1).And.All.Contain("published is 1:38:00"));
    }

    [Test]
    public void A_folder_is_checked_in_text_and_as_JSON()
    {
        using TemporaryFolder folder = new();
        File.Copy(VideoFixtures.File("made/count.mp4"), folder.File("venice [fGX0Te6pFvk].mp4"));
        File.Copy(VideoFixtures.File("made/text.mp4"), folder.File("zurich.mp4"));

        CommandResult text = CommandResult.Of("dataset", "walking-tours", "--check", folder.Path), json = CommandResult.Of("dataset", "walking-tours", "--check", folder.Path, "--json");

        Assert.That(text.ExitCode, Is.EqualTo(1));
        Assert.That(text.Output, Does.Contain("128×32").And.Contain("missing").And.Contain("zurich.mp4' is not a video").And.Contain("1 of 10 are there"));
        Assert.That(JsonDocument.Parse(json.Output).RootElement.GetProperty("isComplete").GetBoolean(), Is.False);
        CommandResult nowhere = CommandResult.Of("dataset", "walking-tours", "--check", folder.File("none"));
        Assert.That((nowhere.ExitCode, nowhere.Messages), Is.EqualTo((2, $"dora: There is no folder '{folder.File("none")}'; name with --check the one that your downloads are in.\n")));
    }

    private static TourCheck Check(IReadOnlyList<VideoInfo> videos) => TourCheck.Of(Tours, videos, []);

    /// <summary>Eight lengths that bring the mean to 98 minutes.</summary>
    private static List<VideoInfo> AsPublished() => [.. Tours.Videos.Select(video => Info(video.Name, video.Minutes ?? (980 - 175 - 59) / 8.0))];

    private static VideoInfo Info(string name, double minutes) => new(
        name + ".mp4", "vp9", "yuv420p", new FrameFormat(3840, 2160, 1, 1, 8, false, ColorMatrix.Bt709, 0), 60 * minutes, 60, (long)(3600 * minutes), 0);
}
