using System.Text.Json;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Export;

public class ExportCommandTests
{
    [Test]
    [Category(Golden.Category)]
    public void Safetensors_have_the_names_and_values_of_the_official_checkpoint()
    {
        using TemporaryFolder folder = new();
        string source = Golden.PathOf("core/official_checkpoint.pth"), target = folder.File("backbone.safetensors"), imported = folder.File("imported.safetensors");
        Assert.That(CommandResult.Of("import", source, "--output", imported).ExitCode, Is.Zero);

        CommandResult result = CommandResult.Of("export", source, "--heads", "3", "--output", target);

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        Assert.That(result.Output.Trim(), Is.EqualTo(target));
        const string prefix = "backbone.";
        using SafetensorsFile exported = SafetensorsFile.Open(target), official = SafetensorsFile.Open(imported);
        string[] names = [.. official.Tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..])];
        Assert.That(exported.Tensors.Keys, Is.EquivalentTo(names));
        Assert.That(exported.Tensors.Keys, Is.All.Match(
            @"^(cls_token|pos_embed|patch_embed\.proj\.(weight|bias)|norm\.(weight|bias)|blocks\.\d+\.(norm1|attn\.qkv|attn\.proj|norm2|mlp\.fc1|mlp\.fc2)\.(weight|bias))$"));
        foreach (string name in names)
        {
            Assert.That(exported.Entry(name).Shape, Is.EqualTo(official.Entry(prefix + name).Shape), name);
            Assert.That(exported.Floats(name), Is.EqualTo(official.Floats(prefix + name)), name);
        }
    }

    [Test]
    public void A_run_is_exported_both_ways()
    {
        using TemporaryFolder folder = new();
        string run = folder.File("run"), weights = folder.File("walk.safetensors"), model = folder.File("walk.onnx");
        Assert.That(
            CommandResult.Of("pretrain", VideoFixtures.File("gopro3s_vp9.webm"), "--preset", "tiny", "--steps", "3", "--output", run).ExitCode, Is.Zero);

        CommandResult safetensors = CommandResult.Of("export", run, "--output", weights, "--json");
        CommandResult onnx = CommandResult.Of("export", run, "--format", "onnx", "--size", "24", "--output", model, "--json");

        Assert.That(safetensors.ExitCode, Is.Zero, safetensors.Messages);
        Assert.That(onnx.ExitCode, Is.Zero, onnx.Messages);
        using VisionEncoder encoder = VisionEncoder.Load(weights), teacher = VisionEncoder.Load(Path.Combine(run, "checkpoints", "latest.safetensors"));
        byte[] picture = [.. Enumerable.Range(0, 3 * 16 * 16).Select(i => (byte)i)];
        Assert.That(encoder.Encode(picture, 16, 16).Cls, Is.EqualTo(teacher.Encode(picture, 16, 16).Cls));
        JsonElement check = JsonDocument.Parse(onnx.Output).RootElement.GetProperty("check");
        Assert.That(check.GetProperty("error").GetDouble(), Is.LessThanOrEqualTo(check.GetProperty("tolerance").GetDouble()));
    }

    [TestCase("give safetensors or onnx", "--format", "torch")]
    [TestCase("multiples of 4", "--format", "onnx", "--size", "18")]
    [TestCase("exists already", "--output", "there")]
    public void Wrong_use_is_one_sentence(string said, params string[] arguments)
    {
        using TemporaryFolder folder = new();
        string weights = EncoderFiles.Random(folder.File("weights.safetensors"), new(24, 1, 3, 4, 16));
        string[] place = arguments.Contains("--output") ? [] : ["--output", folder.File("out")];
        File.WriteAllText(folder.File("there"), "mine");

        CommandResult result = CommandResult.Of(["export", weights, .. place, .. arguments.Select(word => word == "there" ? folder.File(word) : word)]);

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Messages, Does.Contain(said));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(2), "nothing is made");
    }
}
