using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Model.Files;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Training;

[Category(Golden.Category)]
public class OfficialCheckpointTests
{
    private const int StepsPerEpoch = 2;
    private static readonly string Video = VideoFixtures.File("gopro3s_vp9.webm");

    [TestCase("official_checkpoint.pth")]
    [TestCase("official_checkpoint_legacy.pth")]
    public void A_run_continues_with_its_student_teacher_center_moments_and_epoch(string name)
    {
        string path = Golden.PathOf($"core/{name}");
        ImportedCheckpoint expected = ImportedCheckpoint.Load(path);
        using CpuDevice device = new();
        using TrainingRun run = new(device, SettingsResolver.Resolve(assignments: SettingsOf(expected)), VideoCollection.Open([Video]));

        run.StartFrom(StartingPoint.Of(path, isContinued: true));

        Assert.That(run.StepsDone, Is.EqualTo(expected.Epoch * StepsPerEpoch));
        Assert.That(Read(run.Model.Center), Is.EqualTo(expected.Center));
        for (int i = 0; i < run.Model.Student.Parameters.Parameters.Count; i++)
        {
            Parameter parameter = run.Model.Student.Parameters.Parameters[i];
            Assert.That(Read(parameter.Data), Is.EqualTo(expected.Student![parameter.Name].Floats()), parameter.Name);
            Assert.That(Read(run.Model.Teacher.Parameters[parameter.Name].Data), Is.EqualTo(expected.Teacher![parameter.Name].Floats()), parameter.Name);
            if (expected.Moments?.GetValueOrDefault(parameter.Name) is { } moments)
            {
                Assert.That(Read(run.Model.Optimizer.Mean.Slice(parameter.Offset, parameter.Length)), Is.EqualTo(moments.Mean.Floats()), parameter.Name);
                Assert.That(Read(run.Model.Optimizer.Variance.Slice(parameter.Offset, parameter.Length)), Is.EqualTo(moments.Variance.Floats()), parameter.Name);
                Assert.That(run.Model.Optimizer.StepCounts[i], Is.EqualTo(moments.Step), parameter.Name);
            }
        }

        float[] Read(DeviceSpan span)
        {
            float[] values = new float[span.Length];
            device.Download<float>(values, span);
            return values;
        }
    }

    [Test]
    public void Its_epochs_count_as_done()
    {
        using TemporaryFolder folder = new();
        string path = Golden.PathOf("core/official_checkpoint.pth");
        ImportedCheckpoint checkpoint = ImportedCheckpoint.Load(path);
        string[] settings = [.. SettingsOf(checkpoint).SelectMany(assignment => new[] { "--set", assignment })];

        CommandResult result = CommandResult.Of(["pretrain", Video, "--resume", path, "--output", folder.File("run"), .. settings]);

        Assert.That(result.ExitCode, Is.Zero, result.Messages);
        int done = (int)checkpoint.Epoch! * StepsPerEpoch;
        Assert.That(RunLog.Read(folder.File("run/log.jsonl")).Select(record => record.Step), Is.EqualTo(Enumerable.Range(done + 1, StepsPerEpoch)));
    }

    /// <summary>Settings of the sizes that the checkpoint has; it does not say its number of heads, which no shape depends on.</summary>
    private static IEnumerable<string> SettingsOf(ImportedCheckpoint checkpoint)
    {
        int Size(string name, int axis) => checkpoint.Student![name].Shape[axis];
        int patch = Size("backbone.patch_embed.proj.weight", 2), grid = (int)Math.Sqrt(Size("backbone.pos_embed", 1) - 1);
        long epochs = checkpoint.Epoch!.Value + 1;
        return
        [
            "preset=tiny", "model.heads=1", "tracker.objects=1", "data.decodeHeight=0", $"model.width={Size("backbone.cls_token", 2)}",
            $"model.depth={checkpoint.Student!.Keys.Count(name => name.EndsWith("norm1.weight", StringComparison.Ordinal))}",
            $"model.patch={patch}", $"model.imageSize={patch * grid}",
            $"head.hidden={Size("head.mlp.0.bias", 0)}", $"head.bottleneck={Size("head.mlp.4.bias", 0)}", $"head.outputs={Size("head.last_layer.weight_v", 0)}",
            $"views.clipCrop={3 * patch}", $"views.globalSize={2 * patch}", $"views.localSize={patch}",
            $"run.epochs={epochs}", $"run.steps={epochs * StepsPerEpoch}", "optimizer.warmupEpochs=0",
        ];
    }
}
