using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Tests.Visualise;

namespace DoRA.Pipeline.Tests.Scores;

/// <summary>k-NN during training, on a folder of labelled pictures.</summary>
public class LabelledMonitorTests
{
    private static readonly string Video = VideoFixtures.File("gopro3s_vp9.webm");

    [Test]
    public void A_labelled_folder_is_scored_during_the_training_and_shown()
    {
        // Each class's test pictures are among those to learn from, so one neighbour knows them whatever the network is.
        using TemporaryFolder folder = new();
        string run = folder.File("run");
        string[] classes = ["wkwk", "kwwk", "rrww"];
        foreach (string part in new[] { "train", "val" })
        {
            for (int label = 0; label < classes.Length; label++)
            {
                BrightAndDark.WritePicture(folder.File($"labelled/{part}/{label}/picture.png"), classes[label], "kkkk", classes[label], "wwww");
            }
        }

        CommandResult result = CommandResult.Of(
            "pretrain", Video, "--preset", "tiny", "--set", $"monitor.folder={folder.File("labelled")}", "--set", "monitor.neighbours=1",
            "--set", "monitor.every=2", "--output", run);

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        StepRecord[] log = [.. RunLog.Read(Path.Combine(run, "log.jsonl"))];
        Assert.That(log.Where(record => record.Scores is not null).Select(record => record.Step), Is.EqualTo(((int[])[2, 4, 6])));
        Assert.That(
            log.Where(record => record.Scores is not null).Select(record => record.Scores!.Single(score => score.Score == "k-NN")),
            Is.All.EqualTo(new MonitorScore("k-NN", 100, 100)));
        Assert.That(File.ReadAllText(Path.Combine(run, "report.html")), Does.Contain("k-NN"));
    }

    [Test]
    public void A_folder_that_is_not_laid_out_so_is_refused_before_anything_is_made()
    {
        using TemporaryFolder folder = new();

        CommandResult result = CommandResult.Of(
            "pretrain", Video, "--preset", "tiny", "--set", $"monitor.folder={folder.Path}", "--output", folder.File("run"));

        Assert.That((result.ExitCode, result.Messages.Contains("has no train/ and val/")), Is.EqualTo((2, true)), result.Messages);
        Assert.That(Directory.Exists(folder.File("run")), Is.False);
    }
}
