using System.Text.Json;
using System.Xml.Linq;
using DoRA.Pipeline.Compare;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;

namespace DoRA.Pipeline.Tests.Compare;

public class CompareCommandTests
{
    private static readonly string Video = VideoFixtures.File("gopro3s_vp9.webm");

    // The smallest network on the preset's views: training and scores take a second or two.
    private static readonly string[] Small =
        ["--preset", "demo", "--steps", "2", "--set", "data.batch=2", "--set", "model.depth=1", "--set", "checkpoint.every=1", "--set", "run.epochs=2"];

    [Test]
    public void A_member_that_fails_does_not_lose_the_others_and_is_tried_again()
    {
        using TemporaryFolder folder = new();
        string comparison = folder.File("comparison"), obstacle = Path.Combine(comparison, "masks=none-seed0"), done = Path.Combine(comparison, "masks=tracked-seed0");
        Directory.CreateDirectory(comparison);
        ComparisonPlan.Make([Video], 1, null, Assignments(), ["dora"], Variation.Parse("masks=tracked,none")).Write(comparison);
        File.WriteAllText(obstacle, "in the way");

        CommandResult first = CommandResult.Of("compare", "--resume", comparison, "--json");
        File.Delete(obstacle);
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(done, "receipt.json"));
        CommandResult second = CommandResult.Of("compare", "--resume", comparison);

        Assert.That(first.ExitCode, Is.EqualTo(1), first.Messages);
        Assert.That(first.Messages, Does.Contain("masks=none-seed0 failed, the others go on").And.Contain($"--resume {comparison}"));
        JsonElement[] variants = [.. JsonDocument.Parse(first.Output).RootElement.GetProperty("variants").EnumerateArray()];
        Assert.That(variants.Select(variant => variant.GetProperty("seeds").GetInt32()), Is.EqualTo(((int[])[1, 0])));
        Assert.That(second.ExitCode, Is.Zero, second.Messages);
        Assert.That(second.Output, Does.Contain("masks=tracked").And.Contain("masks=none").And.Contain("untrained").And.Contain("no difference can be told from chance"));
        Assert.That(File.GetLastWriteTimeUtc(Path.Combine(done, "receipt.json")), Is.EqualTo(written), "what is done stays");
        XElement picture = XElement.Load(Path.Combine(comparison, "comparison.svg"));
        Assert.That(picture.Elements().Count(element => element.Name.LocalName == "rect" && element.Attribute("fill")!.Value == "#e69f00"), Is.EqualTo(4), "three bars and the key");
        Assert.That(File.ReadAllText(Path.Combine(comparison, "comparison.json")), Does.Contain("studentTokens"));
    }

    [Test]
    public void A_receipt_is_reproduced_to_the_bit_and_a_changed_one_is_found_out()
    {
        using TemporaryFolder folder = new();
        string comparison = folder.File("comparison");
        CommandResult result = CommandResult.Of(["compare", Video, "--vary", "objects=1,2", "--seeds", "1", .. Small, "--output", comparison, "--json"]);
        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        string receipt = Path.Combine(comparison, "objects=2-seed0", "receipt.json");

        CommandResult equal = CommandResult.Of("reproduce", receipt, "--output", folder.File("again"));
        string loss = $"{ResultJson.Read<Receipt>(receipt).Results.Loss:r}", changed = folder.File("changed.json");
        File.WriteAllText(changed, File.ReadAllText(receipt).Replace(loss, "1.25", StringComparison.Ordinal).Replace(CodeVersion.Current, "0.0.9+old", StringComparison.Ordinal));
        CommandResult unequal = CommandResult.Of("reproduce", changed, Path.GetDirectoryName(Video)!, "--output", folder.File("changed"), "--json");

        Assert.That(equal.ExitCode, Is.Zero, equal.Messages + equal.Output);
        Assert.That(equal.Output, Does.Contain("Equal").And.Not.Contain("unequal"));
        Assert.That(unequal.ExitCode, Is.EqualTo(1));
        Assert.That(unequal.Messages, Does.Contain("0.0.9+old"));
        JsonElement numbers = JsonDocument.Parse(unequal.Output).RootElement.GetProperty("numbers");
        Assert.That(numbers.EnumerateArray().Where(number => !number.GetProperty("isEqual").GetBoolean()).Select(number => number.GetProperty("name").GetString()), Is.EqualTo(((string[])["loss"])));
    }

    [Test]
    public void Weights_that_a_run_began_with_are_in_its_receipt_also_after_a_stop_and_are_looked_for()
    {
        using TemporaryFolder folder = new();
        string weights = folder.File("first/checkpoints/latest.safetensors"), run = folder.File("run"), receipt = folder.File("run/receipt.json");
        Assert.That(CommandResult.Of("pretrain", Video, "--preset", "tiny", "--seed", "7", "--output", folder.File("first")).ExitCode, Is.Zero);
        using CancellationTokenSource interruption = new();
        CommandResult stopped = CommandResult.Of(
            ["pretrain", Video, "--preset", "tiny", "--init", weights, "--output", run], new InterruptingWriter(interruption), interruption.Token);
        Assert.That(stopped.ExitCode, Is.EqualTo(130), stopped.Messages);
        Assert.That(CommandResult.Of("pretrain", "--resume", run).ExitCode, Is.Zero);

        CommandResult there = CommandResult.Of("reproduce", receipt, "--output", folder.File("again"));
        Directory.Move(folder.File("first"), folder.File("moved"));
        CommandResult gone = CommandResult.Of("reproduce", receipt, "--output", folder.File("gone"));
        CommandResult named = CommandResult.Of("reproduce", receipt, Video, folder.File("moved"), "--output", folder.File("named"));

        Assert.That(ResultJson.Read<Receipt>(receipt).Start!.Path, Is.EqualTo(weights));
        Assert.That(there.ExitCode, Is.Zero, there.Messages + there.Output);
        Assert.That((gone.ExitCode, gone.Messages.Contains("latest.safetensors")), Is.EqualTo((2, true)), gone.Messages);
        Assert.That(named.ExitCode, Is.Zero, named.Messages + named.Output);
    }

    [Test]
    public void A_receipt_whose_video_is_missing_or_another_says_so()
    {
        using TemporaryFolder folder = new();
        string receipt = folder.File("receipt.json"), other = folder.File("walk.mp4");
        File.WriteAllText(receipt, new Receipt(
            CodeVersion.Current, "CPU", "here", 0, "pretrain", [new("walk.mp4", 3, new string('0', 64))], new Dictionary<string, string>(), new(1, 1, 1, [])).ToJson());
        CommandResult missing = CommandResult.Of("reproduce", receipt, "--output", folder.File("run"));
        File.WriteAllText(other, "abc");
        CommandResult changed = CommandResult.Of("reproduce", receipt, other, "--output", folder.File("run"));

        Assert.That((missing.ExitCode, changed.ExitCode), Is.EqualTo((2, 2)));
        Assert.That(missing.Messages, Does.Contain("walk.mp4 (3 bytes").And.Contain("was not found"));
        Assert.That(changed.Messages, Does.Contain("its bytes differ"));
    }

    [TestCase("no comparison to continue", "--resume", "nowhere")]
    [TestCase("give nothing beside it", "--resume", "nowhere", "--methods", "dora,dino")]
    [TestCase("no video 'nowhere.mp4'", "nowhere.mp4")]
    public void Wrong_use_is_one_sentence(string said, params string[] arguments)
    {
        CommandResult result = CommandResult.Of(["compare", .. arguments]);

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Messages, Does.Contain(said));
    }

    [TestCase("{}")]
    [TestCase("[1, 2]")]
    [TestCase("no json")]
    [TestCase("{\"videos\": null}")]
    public void A_file_that_is_no_receipt_is_refused(string content)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("receipt.json"), content);

        CommandResult result = CommandResult.Of("reproduce", folder.File("receipt.json"));

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Messages, Does.Contain("cannot be read as a result of this program"));
    }

    private static string[] Assignments() => ["preset=demo", "run.steps=2", .. Small.Where(word => word.Contains('='))];
}
