using DoRA.Kernels;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Training;

public class TrainingDataTests
{
    private static readonly string[] Videos = [VideoFixtures.File("gopro3s_vp9.webm"), VideoFixtures.File("gopro3s_av1.mp4")];

    [Test]
    public void Scores_are_taken_on_the_end_of_every_video_and_training_on_its_start()
    {
        using CpuDevice device = new(1);
        using TrainingData data = Open(device, share: 0.5);
        data.Start(0);
        HashSet<int> scored = [];
        for (int i = 0; i < 16; i++)
        {
            ClipTimes clip = data.ScoredClips.Choose((i + 0.5) / 16);
            scored.Add(clip.Video);
            Assert.That(clip.Seconds, Is.All.GreaterThanOrEqualTo(1.5), "of 3 s, the last half");
        }

        Assert.That(scored, Has.Count.EqualTo(Videos.Length));
        foreach (ClipTimes clip in Enumerable.Range(0, 4).SelectMany(step => data.Remake(step).Clips))
        {
            Assert.That(clip.Seconds, Is.All.LessThanOrEqualTo(1.5 + 0.01));
        }
    }

    [Test]
    public void Where_nothing_is_held_out_scores_are_taken_on_all()
    {
        using CpuDevice device = new(1);
        using TrainingData data = Open(device, share: 1);
        Assert.That(data.ScoredClips.Choose(0).Seconds[0], Is.Zero);
        Assert.That(data.ScoredClips.Choose(0.999).Seconds[^1], Is.GreaterThan(2.5));
    }

    private static TrainingData Open(Device device, double share)
    {
        Settings settings = SettingsResolver.Resolve(assignments: ["preset=tiny", FormattableString.Invariant($"data.trainingShare={share}")]).Settings;
        return new(device, settings, VideoCollection.Open(Videos, share: share));
    }
}
