using System.Text.Json;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using SkiaSharp;

namespace DoRA.Pipeline.Tests.Cli;

public class PretrainTests
{
    private static readonly string Video = VideoFixtures.File("gopro3s_vp9.webm");

    [TestCase("gopro3s_vp9.webm", "dora")]
    [TestCase("gopro3s_vp9.webm", "dino")]
    [TestCase("flower_h264_fragmented.mp4", "dora")]
    public void A_run_leaves_a_whole_folder(string video, string method)
    {
        using TemporaryFolder folder = new();
        string run = folder.File("run");

        CommandResult result = CommandResult.Of("pretrain", VideoFixtures.File(video), "--preset", "tiny", "--method", method, "--output", run);

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        Assert.That(result.Output, Does.Contain("6 steps").And.Contain(run));
        string[] files = ["config.yaml", "log.jsonl", "receipt.json", "tracks.png", "checkpoints/latest.safetensors", "checkpoints/step-3.safetensors"];
        Assert.That(files.Where(file => !File.Exists(Path.Combine(run, file))), Is.Empty);
        StepRecord[] log = [.. RunLog.Read(Path.Combine(run, "log.jsonl"))];
        Assert.That(log.Select(record => record.Step), Is.EqualTo(Enumerable.Range(1, 6)));
        Assert.That(log.All(record => double.IsFinite(record.Loss) && record.GradientNorm > 0));
        using JsonDocument receipt = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "receipt.json")));
        Assert.That(receipt.RootElement.GetProperty("videos")[0].GetProperty("sha256").GetString(), Has.Length.EqualTo(64));
        Assert.That(receipt.RootElement.GetProperty("settings").GetProperty("method").GetString(), Is.EqualTo(method));
    }

    [TestCase("tracker.masks=none")]
    [TestCase("tracker.masks=random")]
    [TestCase("tracker.sinkhorn=false")]
    [TestCase("tracker.maskKind=soft")]
    [TestCase("fidelity.preset=official")]
    [TestCase("views.localCount=0")]
    [TestCase("optimizer.clip=0")]
    public void Every_switch_trains(string setting)
    {
        using TemporaryFolder folder = new();

        CommandResult result = CommandResult.Of("pretrain", Video, "--preset", "tiny", "--steps", "3", "--set", setting, "--output", folder.File("run"));

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
    }

    [Test]
    public void A_dry_run_forecasts_and_makes_nothing()
    {
        using TemporaryFolder folder = new();
        string run = folder.File("run");

        CommandResult result = CommandResult.Of("pretrain", Video, "--preset", "tiny", "--dry-run", "--json", "--output", run);

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        using JsonDocument forecast = JsonDocument.Parse(result.Output);
        Assert.That(forecast.RootElement.GetProperty("clipsPerSecond").GetDouble(), Is.Positive);
        Assert.That(forecast.RootElement.GetProperty("steps").GetInt32(), Is.EqualTo(6));
        Assert.That(forecast.RootElement.GetProperty("limit").GetString(), Is.Not.Empty);
        Assert.That(Directory.Exists(run), Is.False);
    }

    [Test]
    public void A_checkpoint_starts_another_run()
    {
        using TemporaryFolder folder = new();
        CommandResult first = CommandResult.Of("pretrain", Video, "--preset", "tiny", "--steps", "3", "--output", folder.File("first"));
        Assert.That(first.ExitCode, Is.Zero, first.Messages);

        CommandResult second = CommandResult.Of(
            "pretrain", Video, "--preset", "tiny", "--steps", "3", "--output", folder.File("second"), "--init", folder.File("first/checkpoints/latest.safetensors"));

        Assert.That(second.ExitCode, Is.Zero, second.Messages);
    }

    [Test]
    public void A_folder_of_pictures_is_trained_on_and_reproduced_as_a_video_is()
    {
        using TemporaryFolder folder = new();
        string walk = Directory.CreateDirectory(folder.File("walk")).FullName, run = folder.File("run");
        Random random = new(7);
        using SKBitmap picture = new(160, 120);
        for (int i = 0; i < 12; i++)
        {
            picture.Pixels = [.. Enumerable.Range(0, 160 * 120).Select(_ => new SKColor((uint)random.NextInt64(1L << 32)).WithAlpha(255))];
            using SKData data = picture.Encode(SKEncodedImageFormat.Jpeg, 90);
            File.WriteAllBytes(Path.Combine(walk, $"{i:d5}.jpg"), data.ToArray());
        }

        CommandResult trained = CommandResult.Of(
            "pretrain", walk, "--preset", "tiny", "--set", "data.picturesPerSecond=4", "--output", run);
        Assert.That(trained.ExitCode, Is.Zero, trained.Messages);
        Assert.That(File.ReadAllText(Path.Combine(run, "report.html")), Does.Contain("walk"));

        CommandResult again = CommandResult.Of("reproduce", Path.Combine(run, "receipt.json"), walk, "--output", folder.File("again"));
        Assert.That(again.ExitCode, Is.Zero, again.Messages + again.Output);
    }
}
