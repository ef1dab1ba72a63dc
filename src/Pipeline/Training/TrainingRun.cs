using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Evaluation.Knn;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Logs;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Scores;
using DoRA.Pipeline.Video;
using DoRA.Pipeline.Watch;

namespace DoRA.Pipeline.Training;

/// <summary>One run: model, data, loop and folder, from the first step or from where an earlier call stopped.</summary>
public sealed class TrainingRun : IDisposable
{
    private const string ConfigurationKey = "configuration", SeedKey = "seed", VideosKey = "videos", ProxiedKey = "proxied", StartKey = "start";

    /// <summary>Scores that are taken over a run unless a setting says otherwise.</summary>
    private const int UsualScores = 10;

    private readonly ResolvedSettings _resolved;
    private readonly VideoCollection _videos;
    private readonly TrainingData _data;
    private readonly TrainingSchedule _schedule;
    private readonly ImageSplit? _labelled;
    private StartingPoint? _start;

    /// <param name="continued">The folder of a run to continue; its latest checkpoint is taken over.</param>
    /// <param name="proxies">Says which videos are read through a proxy; null for none.</param>
    /// <exception cref="UserException">Settings, videos, labelled pictures or checkpoint do not fit together.</exception>
    public TrainingRun(
        Device device, ResolvedSettings resolved, VideoCollection videos, RunFolder? continued = null, ProxySupply? proxies = null)
    {
        (_resolved, _videos) = (resolved, videos);
        _labelled = Settings.Monitor.Folder == MonitorSettings.NoFolder ? null : ImageSplit.Open(Settings.Monitor.Folder);
        using SafetensorsFile? checkpoint = continued?.Checkpoints.OpenLatest();
        IReadOnlySet<string>? begun = checkpoint is null ? null : ProxiedIn(checkpoint);
        VideoReaderOptions options = TrainingData.ReaderOptions(Settings.Data);
        _data = new(device, Settings, videos, proxies is null ? null : video => proxies.For(video, options, begun));
        _schedule = new(Settings, _data.Length);
        Model = new(device, TrainingRecipe.Configuration(Settings));
        if (checkpoint is not null)
        {
            new TrainingState(Model).Restore(checkpoint);
            StepsDone = int.Parse(checkpoint.Metadata[CheckpointFolder.StepKey]);
            _start = checkpoint.Metadata.TryGetValue(StartKey, out string? start) ? JsonSerializer.Deserialize<StartingPoint>(start) : null;
            RequireStepsLeft(continued!.FullPath);
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

    /// <summary>Whether a run ends with held-out scores: the demo does.</summary>
    public bool IsScored => Settings.Preset == Preset.Demo;

    private int MonitoredEvery => Settings.Monitor.Every > 0 ? Settings.Monitor.Every : Math.Max(1, Steps / UsualScores);

    /// <summary>The videos that a run was trained on.</summary>
    public static IReadOnlyList<string> VideosOf(RunFolder folder)
    {
        using SafetensorsFile checkpoint = folder.Checkpoints.OpenLatest();
        return JsonSerializer.Deserialize<string[]>(checkpoint.Metadata[VideosKey])!;
    }

    /// <summary>The videos that a run reads through proxies.</summary>
    private static HashSet<string> ProxiedIn(SafetensorsFile checkpoint) =>
        checkpoint.Metadata.TryGetValue(ProxiedKey, out string? proxied) ? [.. JsonSerializer.Deserialize<string[]>(proxied)!] : [];

    /// <summary>Starts from the weights of another training, or goes on with an official checkpoint.</summary>
    /// <exception cref="UserException">
    /// The file is missing or damaged, belongs to another architecture, or holds a training whose epochs are all done.
    /// </exception>
    public void StartFrom(StartingPoint start)
    {
        _start = start;
        if (!start.IsContinued)
        {
            InitialWeights.Load(Model, start.Path);
            return;
        }

        StepsDone = (int)Math.Round(InitialWeights.Continue(Model, start.Path) * _data.Length.StepsPerEpoch);
        RequireStepsLeft(start.Path);
    }

    /// <summary>The training loop over this run's data.</summary>
    /// <param name="save">Writes a checkpoint of the steps done; the flag asks to keep it for good.</param>
    /// <param name="explain">Says why the step after so many gave a loss that is no finite number.</param>
    public Trainer Begin(Action<int, bool> save, Func<int, string>? explain = null)
    {
        _data.Start(StepsDone);
        return new(Model, Settings, _schedule, _data, save, StepsDone, explain);
    }

    /// <summary>
    /// How long a whole run is busy beside its steps: looks at a clip, scores, checkpoints. Each is done once, and counted as often as a run does it.
    /// </summary>
    public TimeSpan MeasureBesideSteps()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("dora-forecast-");
        try
        {
            int left = Steps - StepsDone;
            int checkpoints = 1 + (Settings.Checkpoint.Every > 0 ? left / Settings.Checkpoint.Every : 0);
            TimeSpan looks = 2 * Time(() => new RunSnapshots(Model.Device, Settings, _videos.Videos[0]).Take(Model.Teacher, StepsDone));
            TimeSpan saving = checkpoints * Time(() => new CheckpointFolder(folder.FullName).Write(
                StepsDone, new TrainingState(Model).Tensors(), new Dictionary<string, string>(), keep: true));
            TrainingMonitor? monitor = null;
            TimeSpan untrained = Time(() => monitor = new(Model.Device, Settings, _data.ScoredClips, _labelled));
            using (monitor)
            {
                TimeSpan scores = ((left + MonitoredEvery - 1) / MonitoredEvery) * Time(() => monitor!.Measure(Model.Teacher));
                TimeSpan last = IsScored ? Time(() => Score()) : TimeSpan.Zero;
                return looks + saving + untrained + scores + last;
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static TimeSpan Time(Action action)
        {
            Stopwatch clock = Stopwatch.StartNew();
            action();
            return clock.Elapsed;
        }
    }

    /// <summary>Trains until the end or an interruption, and keeps the state and a log in the run's folder.</summary>
    /// <param name="report">Told of every step that is logged.</param>
    /// <param name="warn">Told when a checkpoint could not be written.</param>
    public RunResults Train(RunFolder folder, Action<StepRecord> report, Action<string> warn, CancellationToken interruption)
    {
        if (!File.Exists(folder.Configuration))
        {
            _resolved.Write(folder.Configuration);
        }

        Dictionary<string, string> metadata = new()
        {
            [ConfigurationKey] = File.ReadAllText(folder.Configuration),
            [SeedKey] = $"{Settings.Run.Seed}",
            [VisionEncoder.HeadsKey] = $"{Settings.Model.Heads}",
            [ProxiedKey] = JsonSerializer.Serialize(_data.Proxied),
            [VideosKey] = JsonSerializer.Serialize(_videos.Videos.Select(video => Path.GetFullPath(video.Path))),
        };
        if (_start is not null)
        {
            metadata[StartKey] = JsonSerializer.Serialize(_start);
        }

        TrainingState state = new(Model);
        using RunJournal journal = new(folder, Settings, StepsDone, warn);
        RunSnapshots snapshots = new(Model.Device, Settings, _videos.Videos[0]);
        if (StepsDone == 0)
        {
            snapshots.Keep(Model.Teacher, 0, folder.FirstSnapshot, journal);
        }

        using TrainingMonitor monitor = new(Model.Device, Settings, _data.ScoredClips, _labelled);
        NonFiniteCapture capture = new(folder.FullPath, Model, _schedule, _data.Remake, [.. _videos.Videos.Select(video => video.Path)]);
        Trainer trainer = Begin((step, keep) => folder.Checkpoints.Write(step, state.Tensors(), metadata, keep), capture.Explain);
        Stopwatch clock = Stopwatch.StartNew();
        double? loss = null;
        trainer.Run(Keep, warn, interruption);
        StepsDone = trainer.StepsDone;
        double seconds = clock.Elapsed.TotalSeconds;
        snapshots.Keep(Model.Teacher, StepsDone, folder.LastSnapshot, journal, folder.Tracks);
        return new(StepsDone, loss, seconds, [])
        {
            DataWait = _data.Waited.TotalSeconds / seconds,
            DamagedClips = RunLog.Read(folder.Log).Sum(record => record.DamagedClips ?? 0),
            Damage = _data.Damage,
        };

        void Keep(StepRecord record)
        {
            record = _data.TakeDamagedClips() is > 0 and int damaged ? record with { DamagedClips = damaged } : record;
            record = record.Step % MonitoredEvery == 0 || record.Step == Steps ? record with { Scores = monitor.Measure(Model.Teacher) } : record;
            journal.Add(record);
            loss = record.Loss;
            report(record);
        }
    }

    /// <summary>Held-out scores of the network as it is now.</summary>
    public IReadOnlyList<ScoreRow> Score() => DemoScores.Measure(Model, Settings);

    /// <summary>What the run was made of.</summary>
    public Receipt Receipt(RunResults results) => new(
        CodeVersion.Current,
        Model.Device.Name,
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}",
        (ulong)Settings.Run.Seed,
        $"pretrain, method {SettingDescriptor.Text(Settings.Method)}, preset {SettingDescriptor.Text(Settings.Preset)}, "
            + $"fidelity {SettingDescriptor.Text(Settings.Fidelity.Preset)}",
        [.. _videos.Videos.Select(video => VideoFingerprint.Of(video.Path))],
        ReceiptSettings.Of(Settings),
        results)
    {
        Start = _start,
    };

    public void Dispose()
    {
        _data.Dispose();
        Model.Dispose();
    }

    private void RequireStepsLeft(string path)
    {
        if (StepsDone >= Steps)
        {
            throw new UserException($"{path} is complete: all {Steps} steps of these settings are done.");
        }
    }
}
