using System.Text.Json;
using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Cli;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Training;

namespace DoRA.Pipeline.Tests.Evaluation;

public class EvaluateCommandTests
{
    [Test]
    public void Knn_prints_a_receipt_and_writes_it()
    {
        using TemporaryFolder folder = Data();
        string weights = Weights(folder, new(64, 1, 1, 8, 16));
        (int code, string output, _) = Run(
            "evaluate", "knn", folder.File("data"), "--train-share", "0.5", "--size", "16", "--k", "1", "2", "--weights", weights,
                "--threads", "1",
            "--output", folder.File("out"), "--json");
        Assert.That(code, Is.EqualTo(ExitCode.Done));
        JsonElement receipt = JsonDocument.Parse(output).RootElement;
        Assert.That(receipt.GetProperty("encoder").GetProperty("width").GetInt32(), Is.EqualTo(64));
        Assert.That(receipt.GetProperty("encoder").GetProperty("network").GetString(), Is.EqualTo("teacher"));
        Assert.That(receipt.GetProperty("results").GetProperty("scores").GetArrayLength(), Is.EqualTo(2));
        Assert.That(File.ReadAllText(folder.File("out/receipt.json")), Is.EqualTo(output.TrimEnd()));
    }

    [Test]
    public void The_table_is_for_a_person()
    {
        using TemporaryFolder folder = Data();
        string weights = Weights(folder, new(64, 1, 1, 8, 16));
        (int code, string output, _) = Run(
            "evaluate", "linear", folder.File("data"), "--train-share", "0.5", "--size", "16", "--epochs", "2", "--batch", "3",
                "--blocks", "1", "--weights", weights);
        Assert.That(code, Is.EqualTo(ExitCode.Done));
        Assert.That(output, Does.Contain("Linear probe").And.Contain("2 classes").And.Contain("top-1 %"));
    }

    [TestCase("does not exist", "--weights", "nowhere.safetensors")]
    [TestCase("teacher or student", "--weights", "weights", "--network", "both")]
    [TestCase("--size", "--weights", "weights", "--size", "0")]
    [TestCase("exists already", "--weights", "weights", "--output", "data")]
    [TestCase("no vision transformer", "--weights", "other")]
    [TestCase("no run's folder", "--weights", "data")]
    public void Wrong_use_is_one_sentence(string part, params string[] arguments)
    {
        using TemporaryFolder folder = Data();
        Weights(folder, new(64, 1, 1, 8, 16));
        SafetensorsWriter.Write(folder.File("other"), new Dictionary<string, TensorContent> { ["x"] = HostTensor.Of(new float[1], 1) });
        File.Move(folder.File("other"), folder.File("other.safetensors"));
        string[] known = ["weights", "other", "data"];
        string[] placed = [.. arguments.Select(
            argument => known.Contains(argument) ? folder.File(argument == "data" ? argument : $"{argument}.safetensors") : argument)];
        (int code, _, string messages) = Run(["evaluate", "knn", folder.File("data"), "--train-share", "0.5", .. placed]);
        Assert.That(code, Is.EqualTo(ExitCode.WrongUse));
        Assert.That(messages.Replace("There are no weights", "does not exist", StringComparison.Ordinal), Does.Contain(part));
    }

    [Test]
    public void A_checkpoint_holds_two_networks_and_knows_how_it_started()
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new(1);
        ResolvedSettings settings = SettingsResolver.Resolve(null, ["preset=tiny", "run.seed=5"]);
        using StudentTeacher model = new(device, TrainingRecipe.Configuration(settings.Settings));
        Parameter token = model.Teacher.Parameters["backbone.cls_token"];
        float[] first = new float[token.Length];
        device.Download<float>(first, token.Data);
        device.Upload<float>(token.Data, [.. first.Select(value => value + 1)]);
        string path = folder.File("latest.safetensors");
        SafetensorsWriter.Write(
            path, new TrainingState(model).Tensors(), new Dictionary<string, string> { ["configuration"] = settings.ToYaml() });

        float[] Token(EncoderChoice choice)
        {
            using FrozenEncoder encoder = EncoderFile.Open(device, choice, out EncoderDescription description);
            Assert.That(description.Heads, Is.EqualTo(settings.Settings.Model.Heads));
            float[] values = new float[first.Length];
            device.Download<float>(values, encoder.Parameters["backbone.cls_token"].Data);
            return values;
        }

        Assert.That(Token(new(path)), Is.EqualTo(first.Select(value => value + 1)));
        Assert.That(Token(new(path, EncoderNetwork.Student)), Is.EqualTo(first));
        Assert.That(Token(new(path, IsUntrained: true)), Is.EqualTo(first));
    }

    private static (int Code, string Output, string Messages) Run(params string[] arguments)
    {
        using StringWriter output = new(), messages = new();
        int code = new DoraProgram(output, messages).Run(arguments, CancellationToken.None);
        return (code, output.ToString(), messages.ToString());
    }

    private static string Weights(TemporaryFolder folder, VisionTransformerConfiguration configuration)
    {
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = new(device, configuration);
        encoder.Parameters.Initialise(1);
        string path = folder.File("weights.safetensors");
        SafetensorsWriter.Write(path, encoder.Parameters.Parameters.ToDictionary(parameter => parameter.Name, TensorContent (parameter) =>
        {
            float[] values = new float[parameter.Length];
            device.Download<float>(values, parameter.Data);
            return HostTensor.Of(values, [.. parameter.Shape]);
        }));
        return path;
    }

    private static TemporaryFolder Data()
    {
        TemporaryFolder folder = new();
        foreach (int label in Enumerable.Range(0, 2))
        {
            Directory.CreateDirectory(folder.File($"data/{label}"));
            foreach (int picture in Enumerable.Range(0, 4))
            {
                PngLabels.Write(folder.File($"data/{label}/{picture}.png"),
                    new(24, 20, [.. Enumerable.Range(0, 480).Select(i => (byte)((label * 7) + (i % (picture + 2))))]));
            }
        }

        return folder;
    }
}
