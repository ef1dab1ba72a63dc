using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Cli;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Training;

/// <summary>One run: model, data, loop and folder, from the first step or from where an earlier call stopped.</summary>
public sealed class TrainingRun : IDisposable
{
    private const string ConfigurationKey = "configuration", SeedKey = "seed", VideosKey = "videos";
    private readonly ResolvedSettings _resolved;
    private readonly VideoCollection _videos;
    private readonly TrainingData _data;
    private readonly TrainingSchedule _schedule;

    /// <param name="continued">The folder of a run to continue; its latest checkpoint is taken over.</param>
    /// <exception cref="UserException">Settings, videos or checkpoint do not fit together.</exception>
    public TrainingRun(Device device, ResolvedSettings resolved, VideoCollection videos, RunFolder? continued = null)
    {
        (_resolved, _videos) = (resolved, videos);
        _data = new(device, Settings, videos);
        _schedule = new(Settings, _data.Length);
        Model = new(device, TrainingRecipe.Configuration(Settings));
        if (continued is not null)
        {
            using SafetensorsFile checkpoint = continued.Checkpoints.OpenLatest();
            new TrainingState(Model).Restore(checkpoint);
            StepsDone = int.Parse(checkpoint.Metadata[Files.CheckpointFolder.StepKey]);
        }
    }

    public Settings Settings => _resolved.Settings;

    public StudentTeacher Model { get; }

    public int StepsDone { get; private set; }

    /// <summary>Steps of the whole run.</summary>
    public int Steps => _schedule.Steps;

    /// <summary>What is trained, in a sentence.</summary>
    public string Description =>
        $"{(Settings.Method == Method.Dino ? "DINO" : "DoRA")}, {Parameters / 1e6:f2} M parameters, {_videos.TotalSeconds:f0} s of video, "
        + $"steps {StepsDone + 1} to {Steps} of {Settings.Data.Batch} clips × {Settings.Data.Frames} frames.";

    /// <summary>The student's parameters.</summary>
    public long Parameters => Model.Student.Parameters.Parameters.Sum(parameter => parameter.Length);

    /// <summary>The videos that a run was trained on.</summary>
    public static IReadOnlyList<string> VideosOf(RunFolder folder)
    {
        using SafetensorsFile checkpoint = folder.Checkpoints.OpenLatest();
        return JsonSerializer.Deserialize<string[]>(checkpoint.Metadata[VideosKey])!;
    }

    /// <summary>Starts from the weights of another training.</summary>
    public void StartFrom(string weights) => InitialWeights.Load(Model, weights);

    /// <summary>Continues an official checkpoint.</summary>
    public void ContinueOfficial(string checkpoint) =>
        StepsDone = (int)Math.Round(InitialWeights.Continue(Model, checkpoint) * _data.Length.StepsPerEpoch);

    /// <summary>The training loop over this run's data.</summary>
    /// <param name="save">Writes a checkpoint of the steps done; the flag asks to keep it for good.</param>
    public Trainer Begin(Action<int, bool> save)
    {
        _data.Start(StepsDone);
        return new(Model, Settings, _schedule, _data.Take, save, StepsDone);
    }

    /// <summary>Trains until the end or an interruption, and leaves everything in the run's folder.</summary>
    public Receipt Train(RunFolder folder, Terminal terminal, CancellationToken interruption)
    {
        if (!File.Exists(folder.Configuration))
        {
            _resolved.Write(folder.Configuration);
        }

        // Hashing hours of video takes a while; it is done by the time that the receipt needs it.
        Task<VideoFingerprint[]> fingerprints = Task.Run(() => _videos.Videos.Select(video => VideoFingerprint.Of(video.Path)).ToArray(), CancellationToken.None);
        Dictionary<string, string> metadata = new()
        {
            [ConfigurationKey] = File.ReadAllText(folder.Configuration),
            [SeedKey] = $"{Settings.Run.Seed}",
            [VideosKey] = JsonSerializer.Serialize(_videos.Videos.Select(video => Path.GetFullPath(video.Path))),
        };
        TrainingState state = new(Model);
        Trainer trainer = Begin((step, keep) => folder.Checkpoints.Write(step, state.Tensors(), metadata, keep));
        StepRecord? last = null;
        Stopwatch clock = Stopwatch.StartNew();
        using (RunLog log = new(folder.Log, StepsDone))
        {
            new TrainingProgress(terminal.Messages, terminal.IsInteractive).Run(StepsDone, Steps, report => trainer.Run(
                record =>
                {
                    log.Add(last = record);
                    report(record);
                },
                terminal.Say, interruption));
        }

        double seconds = clock.Elapsed.TotalSeconds;
        StepsDone = trainer.StepsDone;
        return Finish(folder, fingerprints.Result, new(StepsDone, last?.Loss, seconds, []), interruption);
    }

    public void Dispose()
    {
        _data.Dispose();
        Model.Dispose();
    }

    private Receipt Finish(RunFolder folder, VideoFingerprint[] videos, RunResults results, CancellationToken interruption)
    {
        if (!interruption.IsCancellationRequested && Model.Device is not null)
        {
            Tracks.Draw(folder.Tracks, Model, Settings, _videos.Videos[0]);
        }

        Receipt receipt = new(
            CodeVersion.Current, Model.Device!.Name, $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
            (ulong)Settings.Run.Seed, "", videos, new Dictionary<string, string>(), results);
        File.WriteAllText(folder.Receipt, receipt.ToJson());
        return receipt;
    }
}
