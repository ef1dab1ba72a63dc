using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Training;

/// <summary>A run that was stopped goes on to the same bits: its last checkpoint is the same file.</summary>
public class ResumeTests
{
    private static readonly string Video = VideoFixtures.File("gopro3s_vp9.webm");

    [Test]
    public void Three_steps_a_stop_and_three_more_are_six_steps()
    {
        using TemporaryFolder folder = new();
        byte[] whole = Whole(folder);
        RunFolder run = RunFolder.Create(folder.File("stopped"));
        using (CancellationTokenSource stop = new())
        {
            Train(run, record => StopAfter(record, 3, stop.Cancel), stop.Token);
        }

        Assert.That(RunLog.Read(run.Log).Count(), Is.EqualTo(3));
        Assert.That(Resume(run), Is.EqualTo(whole));
    }

    [Test]
    public void A_killed_run_goes_on_from_its_last_checkpoint()
    {
        using TemporaryFolder folder = new();
        byte[] whole = Whole(folder);
        RunFolder run = RunFolder.Create(folder.File("killed"));

        // Steps 4 and 5 are done and logged, but no checkpoint holds them.
        Assert.That(
            () => Train(run, record => StopAfter(record, 5, () => throw new InvalidOperationException("killed")), CancellationToken.None),
            Throws.InvalidOperationException);

        Assert.That(RunLog.Read(run.Log).Count(), Is.EqualTo(5));
        Assert.That(Resume(run), Is.EqualTo(whole));
        Assert.That(RunLog.Read(run.Log).Select(record => record.Step), Is.EqualTo(Enumerable.Range(1, 6)));
    }

    [Test]
    public void Ctrl_C_saves_and_says_how_to_go_on()
    {
        using TemporaryFolder folder = new();
        byte[] whole = Whole(folder);
        string run = folder.File("interrupted");
        using CancellationTokenSource interruption = new();
        using InterruptingWriter messages = new(interruption);

        CommandResult result = CommandResult.Of(["pretrain", Video, "--preset", "tiny", "--output", run], messages, interruption.Token);

        Assert.That(result.ExitCode, Is.EqualTo(130));
        Assert.That(result.Messages, Does.Contain($"--resume {run}"));
        Assert.That(Resume(RunFolder.Open(run)), Is.EqualTo(whole));
    }

    [Test]
    public void A_run_is_continued_with_its_own_settings_only()
    {
        using TemporaryFolder folder = new();
        Whole(folder);

        CommandResult other = CommandResult.Of("pretrain", "--resume", folder.File("whole"), "--steps", "9");
        Assert.That((other.ExitCode, other.Messages.Contains("its own settings")), Is.EqualTo((2, true)), other.Messages);

        CommandResult again = CommandResult.Of("pretrain", "--resume", folder.File("whole"));
        Assert.That((again.ExitCode, again.Messages.Contains("is complete")), Is.EqualTo((2, true)), again.Messages);
    }

    [TestCase(false, "damaged")]
    [TestCase(true, "latest.safetensors")]
    public void A_broken_checkpoint_is_refused(bool truncated, string said)
    {
        using TemporaryFolder folder = new();
        Whole(folder);
        RunFolder run = RunFolder.Open(folder.File("whole"));
        byte[] bytes = File.ReadAllBytes(run.Checkpoints.Latest);
        bytes[^9] ^= 1;
        File.WriteAllBytes(run.Checkpoints.Latest, truncated ? bytes[..^1000] : bytes);

        CommandResult result = CommandResult.Of("pretrain", "--resume", run.FullPath);

        Assert.That((result.ExitCode, result.Messages.Contains(said)), Is.EqualTo((2, true)), result.Messages);
    }

    private static byte[] Whole(TemporaryFolder folder)
    {
        RunFolder run = RunFolder.Create(folder.File("whole"));
        Train(run, _ => { }, CancellationToken.None);
        return File.ReadAllBytes(run.Checkpoints.Latest);
    }

    private static byte[] Resume(RunFolder run)
    {
        CommandResult result = CommandResult.Of("pretrain", "--resume", run.FullPath);
        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        return File.ReadAllBytes(run.Checkpoints.Latest);
    }

    private static void Train(RunFolder folder, Action<StepRecord> report, CancellationToken interruption)
    {
        using CpuDevice device = new();
        using TrainingRun run = new(device, SettingsResolver.Resolve(assignments: ["preset=tiny"]), VideoCollection.Open([Video]));
        run.Train(folder, report, message => Assert.Fail(message), interruption);
    }

    private static void StopAfter(StepRecord record, int step, Action stop)
    {
        if (record.Step == step)
        {
            stop();
        }
    }
}
