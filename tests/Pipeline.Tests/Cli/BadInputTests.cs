using DoRA.Model.Files;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;

namespace DoRA.Pipeline.Tests.Cli;

/// <summary>Wrong use and bad input: one sentence, exit code 2, and nothing is made.</summary>
public class BadInputTests
{
    private static readonly string Video = VideoFixtures.File("gopro3s_vp9.webm");

    private static IEnumerable<TestCaseData> Wrong()
    {
        static TestCaseData Case(string name, string said, params string[] arguments) => new TestCaseData(arguments, said).SetArgDisplayNames(name);

        yield return Case("no such file", "no video 'nowhere.mp4'", "nowhere.mp4");
        yield return Case("a folder without videos", "holds no video", VideoFixtures.File("licences"));
        yield return Case("a text named mp4", "not a video", VideoFixtures.File("made/text.mp4"));
        yield return Case("a truncated video", "cut off", VideoFixtures.File("made/cut_data.mp4"));
        yield return Case("a video without its index", "cut off", VideoFixtures.File("made/cut_index.mp4"));
        yield return Case("an empty file", "is empty", VideoFixtures.File("made/zero.mp4"));
        yield return Case("only sound", "sound but no picture", VideoFixtures.File("made/sound.m4a"));
        yield return Case("shorter than a clip", "too short for a clip of 2 frames", Video, "--set", "data.spacingSeconds=60");
        yield return Case("too little held out to score on", "monitor.frames=0", Video, "--set", "data.trainingShare=0.98", "--set", "monitor.frames=4");
        yield return Case("smaller than the crop", "less than the crop of 900", Video, "--set", "views.clipCrop=900", "--set", "data.decodeHeight=0");
        yield return Case("an unknown setting", "did you mean model.patch?", Video, "--set", "model.pach=4");
        yield return Case("a value out of range", "data.batch", Video, "--set", "data.batch=0");
        yield return Case("a value of another type", "data.batch", Video, "--set", "data.batch=many");
        yield return Case("no assignment", "name=value", Video, "--set", "data.batch");
        yield return Case("an image that patches do not divide", "views.globalSize is 18", Video, "--set", "views.globalSize=18");
        yield return Case("more objects than heads", "tracker.objects is 4", Video, "--set", "tracker.objects=4");
        yield return Case("an unknown preset", "preset", Video, "--preset", "huge");
        yield return Case("an unknown method", "method", Video, "--method", "moco");
        yield return Case("a card", "take --device cpu", Video, "--device", "cuda:999");
        yield return Case("an unknown device", "run.device is tpu", Video, "--device", "tpu");
        yield return Case("a precision that the CPU has not", "take --precision fp32", Video, "--device", "cpu", "--precision", "bf16");
        yield return Case("a configuration that is missing", "does not exist", Video, "--config", "nowhere.yaml");
        yield return Case("weights that are missing", "nowhere.safetensors does not exist", Video, "--init", "nowhere.safetensors");
        yield return Case("a run that is missing", "no run in nowhere", "--resume", "nowhere");
        yield return Case("a run that is not named", "does not say which run", "--resume");
        yield return Case("an unknown option", "There is no option --colour", Video, "--colour");
    }

    [TestCaseSource(nameof(Wrong))]
    public void Is_answered_with_a_sentence(string[] arguments, string said)
    {
        using TemporaryFolder folder = new();
        string output = folder.File("run");
        bool resumes = arguments[0] == "--resume";
        string[] preset = resumes || arguments.Contains("--preset") ? [] : ["--preset", "tiny"];
        string[] place = resumes ? [] : ["--output", output];

        CommandResult result = CommandResult.Of(["pretrain", .. arguments, .. preset, .. place]);

        Assert.That(result.Messages, Does.Contain(said));
        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Output, Is.Empty);
        Assert.That(result.Messages.Trim().Split('\n')[^1], Does.StartWith("dora: ").And.Not.Contain("   at "));
        Assert.That(Directory.Exists(output), Is.False, "nothing is made");
    }

    [Test]
    public void An_output_folder_that_exists_is_left_alone()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("mine"), "mine");

        CommandResult result = CommandResult.Of("pretrain", Video, "--preset", "tiny", "--output", folder.Path);

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Messages, Does.Contain("exists already"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { folder.File("mine") }));
    }

    [Test]
    public void A_checkpoint_of_another_architecture_names_the_tensor()
    {
        using TemporaryFolder folder = new();
        string weights = folder.File("other.safetensors");
        using (FileStream stream = File.Create(weights))
        {
            SafetensorsWriter.Write(
                stream, new Dictionary<string, TensorContent> { ["backbone.cls_token"] = HostTensor.Of(new float[5], 1, 1, 5) }, new Dictionary<string, string>());
        }

        CommandResult result = CommandResult.Of("pretrain", Video, "--preset", "tiny", "--output", folder.File("run"), "--init", weights);

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Messages, Does.Contain("backbone.cls_token of shape [1, 1, 5]").And.Contain("[1, 1, 24]"));
    }

    [Test]
    public void A_missing_command_is_named_with_what_there_is()
    {
        CommandResult result = CommandResult.Of("pretrian");

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Messages, Does.Contain("pretrian"));
    }
}
