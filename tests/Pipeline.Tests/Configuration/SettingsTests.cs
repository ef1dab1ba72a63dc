using CsCheck;
using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Tests.Files;

namespace DoRA.Pipeline.Tests.Configuration;

public class SettingsTests
{
    [Test]
    public void Without_anything_each_setting_has_its_default_and_says_so()
    {
        var resolved = SettingsResolver.Resolve();
        Assert.That(resolved.Settings, Is.EqualTo(new Settings()));
        Assert.That(resolved.Origins.Keys, Is.EqualTo(SettingsCatalogue.All.Select(setting => setting.Name)));
        Assert.That(resolved.Origins.Values, Has.All.EqualTo(SettingOrigin.Default));
    }

    [Test]
    public void Names_are_dotted_camel_case_and_described()
    {
        Assert.That(SettingsCatalogue.All.Select(setting => setting.Name),
            Has.Member("model.patch").And.Member("optimizer.learningRate").And.Member("tracker.objects").And.Member("checkpoint.every").And.Member("method"));
        foreach (var setting in SettingsCatalogue.All)
        {
            Assert.That(setting.Description, Is.Not.Empty, setting.Name);
            Assert.That(setting.Allowed, Does.Not.Contain("Infinity"), setting.Name);
        }
    }

    [Test]
    public void The_command_line_wins_over_the_file_and_the_file_over_the_preset()
    {
        using var file = new TemporaryFile("my.yaml");
        File.WriteAllText(file.Path, "preset: demo\nhead:\n  outputs: 512\n  hidden: 128\nviews:\n  clipScale: [0.3, 0.9]\n");
        var resolved = SettingsResolver.Resolve(file.Path, ["head.outputs=1024", "run.seed = 5"]);
        Assert.That(resolved.Settings.Head, Is.EqualTo(new HeadSettings { Outputs = 1024, Hidden = 128, Bottleneck = 64 }));
        Assert.That(resolved.Settings.Views.ClipScale, Is.EqualTo(new Interval(0.3, 0.9)));
        Assert.That(resolved.Settings.Run.Seed, Is.EqualTo(5));
        Assert.That(resolved.Origins["head.outputs"].ToString(), Is.EqualTo("command line"));
        Assert.That(resolved.Origins["head.hidden"].ToString(), Is.EqualTo("file my.yaml"));
        Assert.That(resolved.Origins["head.bottleneck"].ToString(), Is.EqualTo("preset demo"));
        Assert.That(resolved.Origins["loss.studentTemperature"].ToString(), Is.EqualTo("default"));
    }

    [TestCase(Preset.None)]
    [TestCase(Preset.Demo)]
    [TestCase(Preset.Small)]
    [TestCase(Preset.Paper)]
    [TestCase(Preset.Tiny)]
    public void The_written_configuration_is_read_back_equal(Preset preset)
    {
        using var file = new TemporaryFile("config.yaml");
        foreach (var method in new[] { "dora", "dino" })
        {
            var resolved = SettingsResolver.Resolve(null, [$"method={method}", "run.device=cuda:1", "fidelity.preset=official", "optimizer.beta1=0.91"], preset);
            resolved.Write(file.Path);
            var again = SettingsResolver.Resolve(file.Path);
            Assert.That(again.Settings, Is.EqualTo(resolved.Settings));
            Assert.That(again.Origins.Values, Has.All.EqualTo(new SettingOrigin(OriginKind.File, "file config.yaml")));
            Assert.That(SettingsResolver.Resolve(file.Path, preset: Preset.Demo).Settings, Is.EqualTo(resolved.Settings), "a fallback preset changes nothing");
            foreach (var line in File.ReadAllLines(file.Path).Where(line => !line.StartsWith('#') && !line.EndsWith(':')))
                Assert.That(line, Does.Match(" # (default|preset [a-z]+|method dino|fidelity official|command line)$"));
            Assert.That(resolved.ToYaml(), Does.Match(@"  device: cuda:1 +# command line\n"));
            Assert.That(resolved.ToYaml(), Does.Match(@"  skipFirstLocal: true +# fidelity official\n"));
        }
    }

    [Test]
    public void Any_value_in_range_is_written_and_read_back_equal()
    {
        using var file = new TemporaryFile("config.yaml");
        Gen.Select(Gen.Double[0, 100], Gen.Double[1e-30, 1], Gen.Double[0.0001, 0.5], Gen.Double[0.5, 1]).Sample((rate, epsilon, from, to) =>
        {
            var resolved = SettingsResolver.Resolve(null,
                [$"optimizer.learningRate={rate:R}", $"optimizer.epsilon={epsilon:R}", $"views.localScale={new Interval(from, to)}"]);
            Assert.That(resolved.Settings.Optimizer.LearningRate, Is.EqualTo(rate));
            Assert.That(resolved.Settings.Views.LocalScale, Is.EqualTo(new Interval(from, to)));
            resolved.Write(file.Path);
            Assert.That(SettingsResolver.Resolve(file.Path).Settings, Is.EqualTo(resolved.Settings));
        }, iter: 50, threads: 1);
    }

    [Test]
    public void A_named_size_sets_width_depth_and_heads_and_changing_one_makes_it_custom()
    {
        var tiny = SettingsResolver.Resolve(null, ["model.name=tiny"], Preset.Demo).Settings.Model;
        Assert.That((tiny.Name, tiny.Width, tiny.Depth, tiny.Heads, tiny.Patch), Is.EqualTo((ModelName.Tiny, 192, 12, 3, 8)));
        var wide = SettingsResolver.Resolve(null, ["model.width=768"], Preset.Paper);
        Assert.That(wide.Settings.Model, Is.EqualTo(new ModelSettings { Name = ModelName.Custom, Width = 768 }));
        Assert.That(wide.Origins["model.name"], Is.EqualTo(SettingOrigin.CommandLine));
        Assert.That(wide.Origins["model.depth"].ToString(), Is.EqualTo("preset paper"));
        Assert.That(() => SettingsResolver.Resolve(null, ["model.name=base", "model.depth=6"]),
            Throws.TypeOf<UserException>().With.Message.Contains("model.depth is 6, but model.name base has 12").And.Message.Contains("custom"));
    }

    [Test]
    public void A_fidelity_sets_its_switches_and_each_can_be_set_back()
    {
        var official = SettingsResolver.Resolve(null, ["fidelity.preset=official", "fidelity.sharedHeads=false"]).Settings.Fidelity;
        Assert.That(official, Is.EqualTo(new FidelitySettings
        {
            Preset = FidelityPreset.Official, SkipFirstLocal = true, CarryObjectLoss = true, BatchThreshold = true, SharedHeads = false,
        }));
        using var file = new TemporaryFile("config.yaml");
        SettingsResolver.Resolve(null, ["fidelity.preset=official"]).Write(file.Path);
        Assert.That(SettingsResolver.Resolve(file.Path, ["fidelity.preset=paper"]).Settings.Fidelity, Is.EqualTo(new FidelitySettings()));
    }

    [Test]
    public void A_length_in_steps_on_the_command_line_replaces_a_preset_s_length_in_epochs()
    {
        var run = SettingsResolver.Resolve(null, ["run.steps=100"], Preset.Small).Settings.Run;
        Assert.That(run.Length(clips: 1_000_000, batch: 16), Is.EqualTo(new TrainingLength(100, 10)));
        Assert.That(new RunSettings { Epochs = 3 }.Length(clips: 100, batch: 8), Is.EqualTo(new TrainingLength(36, 12)));
        Assert.That(new RunSettings { Epochs = 3 }.Length(clips: 5, batch: 8), Is.EqualTo(new TrainingLength(3, 1)));
        Assert.That(new RunSettings { Epochs = 3, StepsPerEpoch = 7 }.Length(clips: 5, batch: 8), Is.EqualTo(new TrainingLength(21, 7)));
    }

    [Test]
    public void The_learning_rate_grows_with_the_batch_unless_it_is_taken_as_it_is()
    {
        Assert.That(new OptimizerSettings().ScaledLearningRate(128), Is.EqualTo(5e-4 / 2).Within(1e-18));
        Assert.That(new OptimizerSettings { ReferenceBatch = 0 }.ScaledLearningRate(128), Is.EqualTo(5e-4));
    }

    [Test]
    public void The_demo_is_the_recipe_that_learns_in_three_minutes()
    {
        var demo = SettingsResolver.Resolve(preset: Preset.Demo).Settings;
        Assert.That(demo.Model, Is.EqualTo(new ModelSettings
        {
            Name = ModelName.Custom, Width = 96, Depth = 3, Heads = 3, Patch = 8, ImageSize = 32, DropPath = 0, Initialisation = Initialisation.FanInUniform,
        }));
        Assert.That(demo.Head, Is.EqualTo(new HeadSettings { Hidden = 256, Bottleneck = 64, Outputs = 256, NormLastLayer = true }));
        Assert.That(demo.Data, Is.EqualTo(new DataSettings { Batch = 32, Frames = 2, SpacingSeconds = 0.3, DecodeHeight = 360 }));
        Assert.That((demo.Views.GlobalSize, demo.Views.LocalSize, demo.Views.LocalCount, demo.Tracker.Objects), Is.EqualTo((32, 16, 4, 2)));
        Assert.That(demo.Loss, Is.EqualTo(new LossSettings { TeacherTemperatureStart = 0.03, TeacherTemperature = 0.03, CenterMomentum = 0 }));
        Assert.That(demo.Optimizer.ScaledLearningRate(demo.Data.Batch), Is.EqualTo(5e-4));
        Assert.That(demo.Run.Length(clips: 1, demo.Data.Batch), Is.EqualTo(new TrainingLength(2600, 260)));
    }

    [Test]
    public void Dino_has_its_own_views_and_temperatures_and_a_preset_s_sizes()
    {
        var dino = SettingsResolver.Resolve(null, ["method=dino"]).Settings;
        Assert.That((dino.Views.LocalSize, dino.Views.LocalCount, dino.Views.GlobalBlur), Is.EqualTo((96, 8, 1.0)));
        Assert.That((dino.Loss.TeacherTemperatureStart, dino.Loss.TeacherTemperature, dino.Loss.TeacherTemperatureWarmupEpochs), Is.EqualTo((0.04, 0.07, 30.0)));
        var demo = SettingsResolver.Resolve(null, ["method=dino"], Preset.Demo).Settings;
        Assert.That((demo.Views.LocalSize, demo.Views.LocalCount, demo.Views.GlobalBlur), Is.EqualTo((16, 4, 1.0)));
    }

    [Test]
    public void The_table_has_a_row_for_each_setting()
    {
        var rows = SettingsTable.Markdown().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(rows, Has.Length.EqualTo(SettingsCatalogue.All.Count + 1));
        Assert.That(rows, Has.Some.StartsWith("| `optimizer.learningRate` | `0.0005` |"));
    }
}
