using System.Text.Json;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Cli;

/// <summary><c>inspect</c> on files of which every fact is known.</summary>
public class InspectTests
{
    private static readonly object[][] Facts =
    [
        // File, frames, constant rate, measured rate, key frames, start, edit list, turn.
        ["count.mp4", 200, true, 25, 5, 0, 0, 0],
        ["count_vfr.mp4", 200, false, 199 / (199 * 0.04 + 0.024), 5, 0, 0, 0],
        ["count_late.ts", 200, true, 25, 5, 101.4, 0, 0],
        ["count_edited.mp4", 152, true, 25, 4, 0, 8, 0],
        ["count_hevc.mp4", 200, true, 25, 5, 0, 0, 0],
        ["turned_270.mp4", 5, true, 10, 1, 0, 0, 270],
    ];

    [TestCaseSource(nameof(Facts))]
    public void Tells_the_facts(string file, int frames, bool isConstant, double rate, int keys, double start, int cut, int rotation)
    {
        VideoInspection video = Inspect(VideoFixtures.File("made/" + file));
        Assert.That(video.Timing.Frames, Is.EqualTo(frames));
        Assert.That(video.Timing.IsConstant, Is.EqualTo(isConstant));
        Assert.That(video.Timing.MeasuredRate, Is.EqualTo(rate).Within(0.01));
        Assert.That(video.KeyFrames, Is.EqualTo(keys));
        Assert.That(video.Timing.StartSeconds, Is.EqualTo(start).Within(0.001));
        Assert.That(video.Timing.CutByEditList, Is.EqualTo(cut));
        Assert.That(video.Picture.Rotation, Is.EqualTo(rotation));
        Assert.That((video.DamagedSeconds, video.DuplicateFrames, video.Timing.Gaps.Count, video.Training.IsRefused), Is.EqualTo((0.0, 0L, 0, false)));
    }

    [Test]
    public void Tells_damage_and_refuses()
    {
        VideoInspection video = Inspect(VideoFixtures.File("made/damaged.mp4"));
        Assert.That(video.Damage.Single().From, Is.EqualTo(1.12).Within(1e-3));
        Assert.That(video.DamagedSeconds, Is.EqualTo(2.08).Within(1e-3));
        Assert.That(video.LongestKeySpacing, Is.EqualTo(3.2).Within(1e-3), "one key frame of five is lost");
        Assert.That(video.Training.IsRefused, Is.True);
        Assert.That(video.Training.Sentences.Single(), Does.Contain("data.damageLimit"));
    }

    [Test]
    public void Tells_duplicates_gaps_interlacing_and_high_dynamic_range()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("odd.mkv");
        // Frames 10 to 14 repeat frame 9, and two seconds are missing after frame 19.
        EncodedVideo.Write(path, "ffv1", 40, (frame, row) => (byte)(20 + (frame is > 9 and < 15 ? 9 : frame) + row), frame => frame < 20 ? frame : frame + 50,
            ("color_trc", "smpte2084"), ("color_primaries", "bt2020"), ("colorspace", "bt2020nc"));
        VideoInspection video = Inspect(path);
        Assert.That(video.DuplicateFrames, Is.EqualTo(5));
        Assert.That(video.Timing.Gaps.Single().From, Is.EqualTo(0.8).Within(2e-3));
        Assert.That(video.Timing.Gaps.Single().To, Is.EqualTo(2.8).Within(2e-3));
        Assert.That((video.Picture.DynamicRange, video.Picture.Primaries), Is.EqualTo(("PQ", "bt2020")));
        Assert.That(video.Training.Sentences[0], Does.Contain("tone-mapped"));

        string interlaced = folder.File("interlaced.ts");
        EncodedVideo.Write(interlaced, "mpeg2video", 10, (frame, row) => (byte)(60 + (5 * frame) + (row % 2 * 100)), null, ("flags", "+ilme+ildct"));
        Assert.That(Inspect(interlaced).InterlacedFrames, Is.EqualTo(10));
    }

    [Test]
    public void Prints_for_people()
    {
        CommandResult result = CommandResult.Of("inspect", VideoFixtures.File("made/cut.mkv"));
        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        Assert.That(result.Output, Does.Contain("matroska").And.Contain("128×32").And.Contain("Refused.").And.Contain("is cut off"));
    }

    [TestCase("nowhere.mp4", "no video 'nowhere.mp4'")]
    [TestCase("made/text.mp4", "not a video")]
    [TestCase("made", "is a folder")]
    public void Bad_input_is_a_sentence(string file, string said)
    {
        CommandResult result = CommandResult.Of("inspect", file == "nowhere.mp4" ? file : VideoFixtures.File(file));
        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Messages, Does.Contain(said));
        Assert.That(result.Output, Is.Empty);
    }

    private static VideoInspection Inspect(string path)
    {
        CommandResult result = CommandResult.Of("inspect", path, "--json");
        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        return JsonSerializer.Deserialize<VideoInspection>(result.Output, JsonSerializerOptions.Web)!;
    }
}
