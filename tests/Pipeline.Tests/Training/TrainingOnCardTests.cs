using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Kernels.Tests.Cuda.Driver;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Clips;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Tests.Clips.Card;
using DoRA.Pipeline.Tests.Runs;
using DoRA.Pipeline.Tests.Video;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;
using DoRA.Pipeline.Watch;
using DoRA.PtxMachine;

namespace DoRA.Pipeline.Tests.Training;

/// <summary>From a video to steps of the network on a card: what <c>pretrain --device cuda</c> does, over a driver without a card.</summary>
public class TrainingOnCardTests
{
    private const int Images = 4;

    private static readonly string Video = VideoFixtures.File("gopro3s_vp9.webm");

    [Test]
    public void Frames_go_up_and_the_card_makes_their_views()
    {
        const int steps = 3;
        using FakeCudaApi fake = new(Eagerness.LaterStreams);
        (ICudaApi api, SharedCudaApi notes) = SharedCudaApi.Of(fake);
        using (CudaDriver driver = new(api))
        using (CudaDevice device = new(driver, driver.Card.Name))
        using (TrainingRun run = new(device, SettingsResolver.Resolve(assignments: ["preset=tiny", $"run.steps={steps}", "log.every=1", "monitor.frames=0"]),
            VideoCollection.Open([Video])))
        {
            using FrameStore store = FrameStore.TryLoad(Video, 64, 1 << 30)!;
            Assert.That(fake.Calls(nameof(ICudaApi.AllocateHost)), Is.EqualTo(2), "page-locked: the staging ring and the video");
            List<(double Loss, int Launches, int Copies)> seen = [];

            run.Begin((_, _) => { }).Run(
                record => seen.Add((record.Loss, notes.Launches.Count, notes.CopiesIn.Count)), Assert.Fail, CancellationToken.None);

            Assert.That(seen, Has.Count.EqualTo(steps));
            Assert.That(seen.Select(step => step.Loss), Is.All.Matches<double>(double.IsFinite));
            for (int step = 1; step < steps; step++)
            {
                string[] launches = [.. notes.Launches[seen[step - 1].Launches..seen[step].Launches]];
                Assert.That(launches.Count(name => name.Contains("CudaFrameCrop")), Is.EqualTo(1), string.Join(", ", launches));
                Assert.That(launches.Count(name => name.Contains("CudaResize")), Is.EqualTo(2), "globals and locals");
                Assert.That(launches.Count(name => name.Contains("CudaView")), Is.EqualTo(2));
            }

            List<long> copies = notes.CopiesIn;
            Assert.That(copies.Count(bytes => bytes == store.Info.Format.Bytes), Is.EqualTo(steps * Images), string.Join(", ", copies));
            Assert.That(copies, Has.None.EqualTo(Images * 3 * 16 * 16 * sizeof(float)).And.None.EqualTo(2 * Images * 3 * 8 * 8 * sizeof(float)), "views");

            Assert.That(fake.Calls(nameof(ICudaApi.AllocateHost)), Is.EqualTo(2), "frames go up from where they were decoded to");
        }

        Assert.That(fake.Held, Is.Zero);
    }

    /// <summary>Looks at a clip, steps, scores and a checkpoint, by the same kernels as on a card.</summary>
    [Test]
    public void A_whole_run_is_the_cpu_s()
    {
        // Views agree to 7e-4 of numbers near one (CardViewsTests), a step's gradients to 2e-5 of their largest.
        const double tolerance = 1e-3;
        using TemporaryFolder folder = new();
        using Machine machine = new(new() { Checks = false });
        using CudaDevice card = new(machine, "PTX machine");
        using CpuDevice cpu = new(1);
        (RunFolder expectedFolder, List<StepRecord> expected) = Train(cpu, "cpu");
        (RunFolder actualFolder, List<StepRecord> actual) = Train(card, "card");

        Assert.That(actual, Has.Count.EqualTo(expected.Count));
        for (int step = 0; step < expected.Count; step++)
        {
            Near($"loss of step {step}", actual[step].Loss, expected[step].Loss);
            Near($"gradient norm of step {step}", actual[step].GradientNorm, expected[step].GradientNorm);
            Assert.That(actual[step].Scores?.Count, Is.EqualTo(expected[step].Scores?.Count));
        }

        Assert.That(expected[^1].Scores, Is.Not.Empty);
        Assert.That(Files(actualFolder), Is.EqualTo(Files(expectedFolder)));

        (RunFolder Folder, List<StepRecord> Records) Train(Device device, string name)
        {
            using TrainingRun run = new(
                device, SettingsResolver.Resolve(assignments: ["preset=tiny", "run.steps=2", "log.every=1", "monitor.frames=8"]), VideoCollection.Open([Video]));
            List<StepRecord> records = [];
            RunFolder made = RunFolder.Create(folder.File(name));
            run.Train(made, records.Add, Assert.Fail, CancellationToken.None);
            return (made, records);
        }

        static void Near(string what, double actual, double expected) =>
            Assert.That(!(Math.Abs(actual - expected) <= tolerance * Math.Abs(expected)), Is.False, $"{what} is {actual}, on the CPU {expected}");

        // TensorBoard's are named by the time.
        static List<string> Files(RunFolder folder) => [.. Directory.EnumerateFiles(folder.FullPath, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder.FullPath, file)).Where(file => !file.Contains("tfevents")).Order()];
    }

    [Test]
    public void The_next_step_s_frames_go_up_before_this_one_s_loss_is_read()
    {
        Settings settings = SettingsResolver.Resolve(assignments: ["preset=tiny", "monitor.frames=0"]).Settings;
        VideoCollection videos = VideoCollection.Open([Video]);
        using FakeCudaApi fake = new(Eagerness.None);
        (ICudaApi api, SharedCudaApi notes) = SharedCudaApi.Of(fake);
        using CudaDriver driver = new(api);
        using CudaDevice device = new(driver, driver.Card.Name);
        using TrainingData data = new(device, settings, videos);
        int Uploads() => notes.CopiesIn.Count(bytes => bytes > 1000);
        data.Start(0);
        data.Take();
        int first = Uploads(), calls = 0;
        for (; Uploads() == first && calls < 1000; calls++)
        {
            Thread.Sleep(10);
            data.UploadAhead();
        }

        Assert.That(Uploads(), Is.EqualTo(2 * first), $"after {calls} calls");
        float[] ahead = Globals(data.Take());
        Assert.That(Uploads(), Is.EqualTo(2 * first), "they are not sent again");
        Assert.That(ahead, Is.EqualTo(Globals(data.Remake(1).Views)));

        float[] Globals(TrainingBatch views)
        {
            float[] pixels = new float[views.Globals.Pixels.Length];
            device.Download<float>(pixels, views.Globals.Pixels);
            return pixels;
        }
    }

    [Test]
    public void The_clips_of_a_loss_that_is_no_number_are_saved_from_the_card()
    {
        using TemporaryFolder folder = new();
        using Machine machine = new();
        using CudaDevice device = new(machine, "PTX machine");
        Settings settings = SettingsResolver.Resolve(assignments: ["preset=tiny", "monitor.frames=0"]).Settings;
        using TrainingData data = new(device, settings, VideoCollection.Open([Video]));
        using StudentTeacher model = new(device, TrainingRecipe.Configuration(settings));
        NonFiniteCapture capture = new(folder.Path, model, new(settings, data.Length), data.Remake, [Video]);
        Parameter parameter = model.Student.Parameters["backbone.norm.weight"];
        device.Upload<float>(parameter.Data, [.. Enumerable.Repeat(float.NaN, (int)parameter.Length)]);

        Assert.That(capture.Explain(4), Does.Contain("the student's parameter backbone.norm.weight itself"));

        (IReadOnlyList<ClipTimes> clips, TrainingBatch views) = data.Remake(4);
        float[] globals = new float[views.Globals.Pixels.Length], locals = new float[views.Locals.Pixels.Length];
        device.Download<float>(globals, views.Globals.Pixels);
        device.Download<float>(locals, views.Locals.Pixels);
        using SafetensorsFile saved = SafetensorsFile.Open(folder.File("non-finite/step-5.safetensors"));
        Assert.That(saved.Floats("globals"), Is.EqualTo(globals));
        Assert.That(saved.Floats("locals"), Is.EqualTo(locals));
        Assert.That(saved.Metadata["clips"], Does.Contain(System.Text.Json.JsonSerializer.Serialize(clips[1].Seconds)));
        Assert.That(File.Exists(folder.File("non-finite/step-5.png")));
    }
}
