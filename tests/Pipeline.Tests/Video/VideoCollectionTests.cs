using CsCheck;
using DoRA.Kernels;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Video;

public class VideoCollectionTests
{
    private static readonly string[] Files =
        ["made/count.mp4", "made/one_frame.mp4", "made/count_late.ts", "gopro3s_av1.mp4"];

    private static readonly string[] NotWhole = ["SOURCE.txt", "cut_data.mp4", "text.mp4"];

    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("videos").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Folder_keeps_videos_and_lists_the_rest()
    {
        foreach (string file in Files.Append("made/text.mp4").Append("made/cut_data.mp4").Append("SOURCE.txt"))
            File.Copy(VideoFixtures.File(file), Path.Combine(folder, Path.GetFileName(file)));
        VideoCollection videos = VideoCollection.Open([folder]);
        Assert.That(videos.Videos.Select(video => Path.GetFileName(video.Path)),
            Is.EqualTo(Files.Select(Path.GetFileName).Order(StringComparer.Ordinal)));
        Assert.That(videos.LeftOut.Select(file => Path.GetFileName(file.Path)), Is.EqualTo(NotWhole));
        Assert.That(videos.TotalSeconds, Is.EqualTo(8 + 8 + 3.003 + 0.1).Within(0.01));
    }

    [Test]
    public void Folder_without_videos_is_refused()
    {
        File.Copy(VideoFixtures.File("made/text.mp4"), Path.Combine(folder, "text.mp4"));
        Assert.That(() => VideoCollection.Open([folder]), Refuses($"folder '{folder}' holds no video"));
        Assert.That(() => VideoCollection.Open([]), Refuses("No video was given"));
        Assert.That(() => VideoCollection.Open([Path.Combine(folder, "no")]), Refuses("There is no video"));
    }

    [Test]
    public void Video_shorter_than_a_clip_is_refused()
    {
        VideoCollection videos = Open("made/count.mp4");
        Assert.That(() => videos.RequireClips(8, 1), Throws.Nothing);
        Assert.That(() => videos.RequireClips(8, 1.2), Refuses("too short for a clip of 8 frames 1.2 s apart"));
        Assert.That(() => videos.Choose(0.5, 8, 1.2), Throws.TypeOf<UserException>());
        Assert.That(() => Open("made/count.mp4", "made/one_frame.mp4").RequireClips(2, 1),
            Refuses("one_frame.mp4"));
    }

    [Test]
    public void Share_is_checked() =>
        Assert.That(() => VideoCollection.Open([VideoFixtures.File("made/count.mp4")], share: 1.5), Throws.TypeOf<UserException>());

    [Test]
    public void Clips_lie_inside_their_video()
    {
        VideoCollection videos = VideoCollection.Open([.. Files.Select(VideoFixtures.File)], share: 0.8);
        Gen.Select(Gen.Double[0, 0.9999999999], Gen.Int[1, 8], Gen.Double[0.01, 0.6]).Sample((u, frames, spacing) =>
        {
            ClipTimes clip = videos.Choose(u, frames, spacing);
            double end = videos.Videos[clip.Video].DurationSeconds * 0.8;
            return clip.Seconds.Length == frames && clip.Seconds[0] >= 0 && clip.Seconds[^1] <= end + 1e-9
                && Enumerable.Range(1, frames - 1).All(frame => Math.Abs(clip.Seconds[frame] - clip.Seconds[frame - 1] - spacing) < 1e-9);
        });
    }

    [Test]
    public void Starts_are_uniform_over_all_places_where_a_clip_fits()
    {
        VideoCollection videos = Open("made/count.mp4", "gopro3s_av1.mp4");
        // Spans of 8 - 2 = 6 s and 3.003 - 2 = 1.003 s.
        double total = 6 + 1.003;
        Assert.That(videos.Choose(0, 3, 1), Has.Property("Video").Zero);
        for (double u = 0; u < 1; u += 0.01)
        {
            ClipTimes clip = videos.Choose(u, 3, 1);
            double place = u * total;
            Assert.That(clip.Video, Is.EqualTo(place < 6 ? 0 : 1));
            Assert.That(clip.Seconds[0], Is.EqualTo(place < 6 ? place : place - 6).Within(1e-3));
        }
    }

    [Test]
    public void What_is_held_out_is_the_end_of_every_video()
    {
        VideoCollection training = VideoCollection.Open([.. Files.Where(file => file != "made/one_frame.mp4").Select(VideoFixtures.File)], share: 0.7);
        VideoCollection heldOut = training.HeldOut!;
        HashSet<int> seen = [];
        for (double u = 0; u < 1; u += 0.001)
        {
            (ClipTimes trained, ClipTimes held) = (training.Choose(u, 3, 0.2), heldOut.Choose(u, 3, 0.2));
            Assert.That(trained.Seconds[^1], Is.LessThanOrEqualTo((0.7 * training.Videos[trained.Video].DurationSeconds) + 1e-9));
            double duration = heldOut.Videos[held.Video].DurationSeconds;
            Assert.That(held.Seconds[0], Is.GreaterThanOrEqualTo((0.7 * duration) - 1e-9));
            Assert.That(held.Seconds[^1], Is.LessThanOrEqualTo(duration + 1e-9));
            seen.Add(held.Video);
        }

        Assert.That(seen, Has.Count.EqualTo(3), "every source has its end scored");
        Assert.That(training.TotalSeconds + heldOut.TotalSeconds, Is.EqualTo(training.Videos.Sum(video => video.DurationSeconds)).Within(1e-9));
        Assert.That(Open("made/count.mp4").HeldOut, Is.Null);
    }

    private static NUnit.Framework.Constraints.ContainsConstraint Refuses(string reason) =>
        Throws.TypeOf<UserException>().With.Message.Contains(reason);

    private static VideoCollection Open(params string[] files) => VideoCollection.Open([.. files.Select(VideoFixtures.File)]);
}
