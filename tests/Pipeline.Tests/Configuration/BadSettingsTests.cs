using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Tests.Files;

namespace DoRA.Pipeline.Tests.Configuration;

/// <summary>Each is refused in one sentence that names the setting.</summary>
public class BadSettingsTests
{
    [TestCase("model.ptch=8", "no setting model.ptch (command line); did you mean model.patch?")]
    [TestCase("learningrate=1", "did you mean optimizer.learningRate?")]
    [TestCase("model.learningRate=1", "did you mean optimizer.learningRate?")]
    [TestCase("trackr.objects=2", "did you mean tracker.objects?")]
    [TestCase("model=8", "no setting model ")]
    [TestCase("model.patch", "not of the form name=value")]
    [TestCase("=8", "not of the form name=value")]
    [TestCase("model.patch=eight", "model.patch is eight (command line), but must be a whole number, 1 to 256.")]
    [TestCase("model.patch=8.5", "must be a whole number")]
    [TestCase("model.patch=", "model.patch is empty")]
    [TestCase("model.patch=0", "model.patch is 0")]
    [TestCase("model.patch=99999999999", "must be a whole number")]
    [TestCase("model.dropPath=1", "must be 0 to 0.99")]
    [TestCase("optimizer.learningRate=NaN", "optimizer.learningRate is NaN")]
    [TestCase("optimizer.learningRate=1e999", "optimizer.learningRate is 1e999")]
    [TestCase("optimizer.learningRate=-1", "optimizer.learningRate is -1")]
    [TestCase("tracker.sinkhorn=yes", "must be true or false")]
    [TestCase("tracker.masks=some", "must be tracked, random or none")]
    [TestCase("run.precision=fp16", "must be fp32 or bf16")]
    [TestCase("preset=huge", "preset is huge")]
    [TestCase("run.device=gpu", "must be auto, cpu, cuda or cuda:N")]
    [TestCase("run.device=cuda:x", "must be auto, cpu, cuda or cuda:N")]
    [TestCase("views.clipScale=[0.9, 0.2]", "must be [from, to]")]
    [TestCase("views.clipScale=0.5", "must be [from, to]")]
    [TestCase("views.clipScale=[0.2, 1.5]", "must be [from, to] within")]
    [TestCase("model.patch=15", "views.globalSize is 224, which model.patch 15 does not divide; take 210")]
    [TestCase("views.localSize=100", "views.localSize is 100, which model.patch 16 does not divide")]
    [TestCase("model.imageSize=100", "model.imageSize is 100, which model.patch 16 does not divide")]
    [TestCase("model.width=100", "model.width is 100, which model.heads 6 does not divide")]
    [TestCase("tracker.objects=7", "tracker.objects is 7, but model.heads is 6")]
    [TestCase("views.globalSize=320", "views.globalSize is 320, larger than views.clipCrop 300")]
    [TestCase("views.localSize=240", "views.localSize is 240, larger than views.globalSize 224")]
    [TestCase("data.decodeHeight=144", "data.decodeHeight is 144, smaller than views.clipCrop 300")]
    [TestCase("optimizer.warmupEpochs=101", "optimizer.warmupEpochs is 101, more than the 100 of run.epochs")]
    [TestCase("optimizer.freezeLastLayerEpochs=101", "optimizer.freezeLastLayerEpochs is 101")]
    [TestCase("loss.teacherTemperatureWarmupEpochs=101", "loss.teacherTemperatureWarmupEpochs is 101")]
    public void An_assignment_is_refused(string assignment, string expected) =>
        Assert.That(() => SettingsResolver.Resolve(null, [assignment]), Throws.TypeOf<UserException>().With.Message.Contains(expected));

    [Test]
    public void Two_lengths_at_once_are_refused() =>
        Assert.That(() => SettingsResolver.Resolve(null, ["run.steps=10", "run.stepsPerEpoch=5"]),
            Throws.TypeOf<UserException>().With.Message.Contains("run.steps and run.stepsPerEpoch"));

    [TestCase("model:\n  patch: 8\n  patch: 16\n", "uplicate")]
    [TestCase("model:\n  patch: 8\nmodel.patch: 16\n", "line 3: model.patch is set twice")]
    [TestCase("model: [1, 2\n", "not valid YAML")]
    [TestCase("- 1\n- 2\n", "expected sections of settings")]
    [TestCase("hello", "expected sections of settings")]
    [TestCase("model:\n  patch:\n    x: 1\n", "line 3: model.patch must be a value")]
    [TestCase("model:\n  patsh: 8\n", "no setting model.patsh (file my.yaml); did you mean model.patch?")]
    [TestCase("model:\n  patch: 0\n", "model.patch is 0 (file my.yaml)")]
    [TestCase("? [a]\n: 1\n", "must be plain text")]
    public void A_file_is_refused(string yaml, string expected)
    {
        using var file = new TemporaryFile("my.yaml");
        File.WriteAllText(file.Path, yaml);
        Assert.That(() => SettingsResolver.Resolve(file.Path), Throws.TypeOf<UserException>().With.Message.Contains(expected));
    }

    [Test]
    public void A_missing_file_is_named_and_an_empty_one_changes_nothing()
    {
        using var file = new TemporaryFile("my.yaml");
        Assert.That(() => SettingsResolver.Resolve(file.Path), Throws.TypeOf<UserException>().With.Message.Contains(file.Path));
        File.WriteAllText(file.Path, "# nothing\n");
        Assert.That(SettingsResolver.Resolve(file.Path).Settings, Is.EqualTo(new Settings()));
        Assert.That(() => SettingsResolver.Resolve(file.Folder), Throws.TypeOf<UserException>().With.Message.Contains("cannot be read"));
    }
}
