using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Model.Files;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Tests.Cli;
using DoRA.Pipeline.Tests.Files;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Tests.Training;

public class TrainerTests
{
    private static readonly string[] Views = ["globals", "locals"];

    private static readonly string Video = VideoFixtures.File("gopro3s_vp9.webm");

    [Test]
    public void A_loss_that_is_no_number_stops_the_run_and_keeps_the_checkpoint()
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new();
        using TrainingRun run = Open(device, "preset=tiny");
        RunFolder output = RunFolder.Create(folder.File("run"));

        TrainingException? error = Assert.Throws<TrainingException>(() => run.Train(output, Poison, message => Assert.Fail(message), CancellationToken.None));

        Assert.That(error!.Message, Does.Contain("step 5").And.Contain("NaN").And.Contain("the student's parameter backbone.norm.weight itself"));
        Assert.That(File.Exists(folder.File("run/non-finite/step-5.png")));
        using (SafetensorsFile views = SafetensorsFile.Open(folder.File("run/non-finite/step-5.safetensors")))
        {
            Assert.That(views.Tensors.Keys, Is.EquivalentTo(Views));
            Assert.That(views.Metadata["clips"], Does.Contain("gopro3s_vp9.webm").And.Contain("seconds"));
        }

        using var checkpoint = output.Checkpoints.OpenLatest();
        Assert.That(checkpoint.Metadata["step"], Is.EqualTo("3"));

        void Poison(StepRecord record)
        {
            if (record.Step == 4)
            {
                Parameter parameter = run.Model.Student.Parameters["backbone.norm.weight"];
                device.Upload<float>(parameter.Data, [.. Enumerable.Repeat(float.NaN, (int)parameter.Length)]);
            }
        }
    }

    [Test]
    public void Weights_that_are_no_numbers_are_never_saved()
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new();
        using TrainingRun run = Open(device, "preset=tiny", "checkpoint.every=2", "log.every=1000");
        List<int> saved = [];
        Trainer trainer = run.Begin(Save);

        Assert.Throws<TrainingException>(() => trainer.Run(_ => { }, message => Assert.Fail(message), CancellationToken.None));

        Assert.That(saved, Is.EqualTo(new List<int> { 2 }));

        void Save(int step, bool keep)
        {
            saved.Add(step);
            Parameter parameter = run.Model.Student.Parameters["backbone.norm.weight"];
            device.Upload<float>(parameter.Data, [.. Enumerable.Repeat(float.NaN, (int)parameter.Length)]);
        }
    }

    [Test]
    public void The_program_leaves_with_1_then()
    {
        using TemporaryFolder folder = new();
        CommandResult first = CommandResult.Of("pretrain", Video, "--preset", "tiny", "--steps", "3", "--output", folder.File("first"));
        Assert.That(first.ExitCode, Is.Zero, first.Messages);
        string weights = folder.File("weights.safetensors");
        using (SafetensorsFile checkpoint = SafetensorsFile.Open(folder.File("first/checkpoints/latest.safetensors")))
        using (FileStream stream = File.Create(weights))
        {
            const string Teacher = "teacher/";
            SafetensorsWriter.Write(
                stream,
                checkpoint.Tensors.Keys.Where(name => name.StartsWith(Teacher, StringComparison.Ordinal)).ToDictionary(
                    name => name[Teacher.Length..],
                    TensorContent (name) => HostTensor.Of([.. checkpoint.Floats(name).Select(_ => float.NaN)], [.. checkpoint.Tensors[name].Shape])),
                new Dictionary<string, string>());
        }

        CommandResult second = CommandResult.Of("pretrain", Video, "--preset", "tiny", "--output", folder.File("second"), "--init", weights);

        Assert.That((second.ExitCode, second.Messages.Contains("loss of step 1 is NaN")), Is.EqualTo((1, true)), second.Messages);
    }

    [Test]
    public void A_full_disk_is_said_and_training_goes_on_with_the_previous_checkpoint_whole()
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new();
        using TrainingRun run = Open(device, "preset=tiny", "checkpoint.every=2");
        bool full = false;
        CheckpointFolder checkpoints = new(folder.Path, path => full ? new FullDiskStream(path, 5000) : File.Create(path));
        TrainingState state = new(run.Model);
        Trainer trainer = run.Begin((step, keep) => checkpoints.Write(step, state.Tensors(), new Dictionary<string, string>(), keep));
        List<string> warnings = [];

        trainer.Run(record => full = record.Step == 4, Warn, CancellationToken.None);

        Assert.That(warnings, Has.Count.EqualTo(1));
        Assert.That(warnings[0], Does.Contain("step 4").And.Contain("is whole"));
        using var last = checkpoints.OpenLatest();
        Assert.That(last.Metadata["step"], Is.EqualTo("6"));

        void Warn(string message)
        {
            warnings.Add(message);
            using var kept = checkpoints.OpenLatest();
            Assert.That(kept.Metadata["step"], Is.EqualTo("2"));
        }
    }

    [Test]
    public void A_disk_that_is_full_at_the_end_fails_the_run()
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new();
        using TrainingRun run = Open(device, "preset=tiny", "checkpoint.every=0");
        CheckpointFolder checkpoints = new(folder.Path, path => new FullDiskStream(path, 5000));
        TrainingState state = new(run.Model);
        Trainer trainer = run.Begin((step, keep) => checkpoints.Write(step, state.Tensors(), new Dictionary<string, string>(), keep));

        Assert.That(() => trainer.Run(_ => { }, _ => { }, CancellationToken.None), Throws.TypeOf<CheckpointWriteException>());
        Assert.That(trainer.StepsDone, Is.EqualTo(6));
    }

    private static TrainingRun Open(Device device, params string[] assignments) =>
        new(device, SettingsResolver.Resolve(assignments: assignments), VideoCollection.Open([Video]));
}
