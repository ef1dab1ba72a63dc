using DoRA.Model.Files;
using DoRA.Pipeline.Tests.Runs;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Cli;

public class ImportTests
{
    [Test]
    public void The_weights_of_an_official_checkpoint_are_written()
    {
        using TemporaryFolder folder = new();
        string target = folder.File("weights.safetensors");

        CommandResult result = CommandResult.Of("import", Golden.PathOf("core/official_checkpoint.pth"), "--output", target);

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        Assert.That(result.Output.Trim(), Is.EqualTo(target));
        using SafetensorsFile file = SafetensorsFile.Open(target);
        Assert.That(file.Tensors.Keys, Does.Contain("backbone.cls_token"));
    }

    [TestCase("malicious.pth")]
    [TestCase("truncated.pth")]
    public void A_file_that_is_no_checkpoint_is_refused(string name)
    {
        using TemporaryFolder folder = new();
        string target = folder.File("weights.safetensors");

        CommandResult result = CommandResult.Of("import", Golden.PathOf($"core/{name}"), "--output", target);

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Messages, Does.Contain(name));
        Assert.That(File.Exists(target), Is.False);
    }

    [Test]
    public void A_file_that_exists_is_left_alone()
    {
        using TemporaryFolder folder = new();
        string target = folder.File("weights.safetensors");
        File.WriteAllText(target, "mine");

        CommandResult result = CommandResult.Of("import", Golden.PathOf("core/official_checkpoint.pth"), "--output", target);

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(File.ReadAllText(target), Is.EqualTo("mine"));
    }
}
