using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;
using DoRA.Pipeline.Watch;

namespace DoRA.Pipeline.Tests.Watch;

/// <summary>Each collapse is brought about in a small training, and the watch must call it by its name.</summary>
public class CollapseWatchTests
{
    private const int Outputs = 256;

    private static readonly string[] Small =
    [
        "preset=demo", "data.batch=16", "data.decodeHeight=0", "model.depth=2", "views.localCount=2", "watch.every=2", "monitor.frames=0",
        "checkpoint.every=0", "run.steps=80",
    ];

    [TestCase(CollapseSign.RateTooHigh, "optimizer.learningRate", "optimizer.learningRate=0.3")]
    [TestCase(CollapseSign.TeacherTooSoft, "loss.teacherTemperature", "loss.teacherTemperature=0.2", "loss.teacherTemperatureStart=0.2")]
    [TestCase(CollapseSign.TeacherTooSharp, "loss.teacherTemperature", "loss.teacherTemperature=0.0002",
        "loss.teacherTemperatureStart=0.0002")]
    [TestCase(CollapseSign.SingleAnswer, "loss.centerMomentum", "loss.centerMomentum=1", "run.steps=160")]
    [TestCase(CollapseSign.CenterTooSlow, "loss.centerMomentum", "loss.centerMomentum=0.9", "optimizer.teacherMomentum=0.9",
        "optimizer.finalTeacherMomentum=0.9", "optimizer.learningRate=0.002")]
    public void A_collapse_is_named_with_the_setting_to_look_at(CollapseSign sign, string setting, params string[] cause)
    {
        using TemporaryFolder folder = new();
        (CollapseWatch watch, List<string> said) = Train(folder, cause);

        Assert.That(watch.Warnings.Select(warning => warning.Sign), Does.Contain(sign), watch.Verdict);
        CollapseWarning named = watch.Warnings.Single(warning => warning.Sign == sign);
        Assert.That(named.Sentence, Does.Contain(setting));
        Assert.That(said.Count(sentence => sentence.Contains(named.Sentence, StringComparison.Ordinal)), Is.EqualTo(1), "it is said once");
        Assert.That(watch.Verdict, Does.Contain(named.Sentence));
    }

    [Test]
    public void The_same_training_without_such_a_cause_gives_no_alarm()
    {
        using TemporaryFolder folder = new();
        (CollapseWatch watch, _) = Train(folder);

        Assert.That(watch.Warnings.Where(warning => warning.IsAlarm), Is.Empty, watch.Verdict);
    }

    [TestCase(0.25, 0.6, 20, 0.3, 0.5, 0.7, null)]
    [TestCase(0.15, 0.6, 20, 0.3, 0.5, 0.7, CollapseSign.LittleInformation)]
    [TestCase(0.25, 0.2, 20, 0.3, 0.5, 0.7, CollapseSign.FeaturesAlike)]
    [TestCase(0.25, 0.6, 3, 0.3, 0.5, 0.7, CollapseSign.FewAnswers)]
    [TestCase(0.25, 0.6, 20, 0.3, 0.001, 0.7, CollapseSign.TeacherTooSharp)]
    [TestCase(0.25, 0.6, 20, 0.3, 0.5, 0.95, CollapseSign.TracksCoincide)]
    [TestCase(0.15, 0.6, 20, 1.5, 0.5, 0.7, CollapseSign.CenterTooSlow)]
    [TestCase(0.01, 0.6, 20, 0.3, 0.5, 0.7, CollapseSign.NoInformation)]
    public void Every_threshold_is_kept(
        double information, double deviation, int distinct, double drift, double entropy, double overlap, CollapseSign? expected)
    {
        CollapseWatch watch = new(new WatchSettings(), Outputs);
        TeacherSigns signs = new(64, entropy * Math.Log(Outputs), information * Math.Log(64), deviation, distinct, drift, overlap);
        for (int look = 1; look <= 40; look++)
        {
            watch.Look(Record(10 * look, loss: 2) with { Teacher = signs });
        }

        Assert.That(watch.Warnings.Select(warning => (CollapseSign?)warning.Sign), Is.EqualTo(expected is null ? [] : new[] { expected }));
    }

    [Test]
    public void What_does_not_stay_is_no_sign()
    {
        CollapseWatch watch = new(new WatchSettings(), Outputs);
        for (int look = 1; look <= 60; look++)
        {
            // A few bad looks in a row, fewer than the window, then good ones again.
            double information = look % 20 < 4 ? 0.01 : 0.4;
            watch.Look(Record(10 * look, loss: 2) with { Teacher = new(64, 2, information * Math.Log(64), 0.6, 20, 0.3, 0.5) });
        }

        Assert.That(watch.Warnings, Is.Empty);
        Assert.That(watch.Verdict, Does.Contain("No sign of collapse"));
    }

    [Test]
    public void A_short_run_is_not_judged()
    {
        CollapseWatch watch = new(new WatchSettings(), Outputs);
        watch.Look(Record(20, loss: 2) with { Teacher = new(64, 0, 0, 0, 1, 9, 1) });

        Assert.That(watch.Verdict, Does.Contain("too short"));
    }

    private static StepRecord Record(int step, double loss) => new(step, loss, 5e-4, 0.04, 0.99, 3, 12, 0.1, 1 << 20);

    private static (CollapseWatch Watch, List<string> Said) Train(TemporaryFolder folder, params string[] cause)
    {
        using CpuDevice device = new();
        ResolvedSettings settings = SettingsResolver.Resolve(assignments: [.. Small, .. cause]);
        using TrainingRun run = new(device, settings, VideoCollection.Open([VideoFixtures.File("gopro3s_vp9.webm")]));
        RunFolder output = RunFolder.Create(folder.File("run"));
        List<string> said = [];
        run.Train(output, _ => { }, said.Add, CancellationToken.None);
        CollapseWatch watch = new(settings.Settings.Watch, Outputs);
        foreach (StepRecord record in RunLog.Read(output.Log))
        {
            watch.Look(record);
        }

        return (watch, said);
    }
}
