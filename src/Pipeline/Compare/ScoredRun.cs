using DoRA.Kernels;
using DoRA.Pipeline.Cli;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Compare;

/// <summary>Trains to the end and scores, whatever the preset, so that results can stand side by side.</summary>
internal static class ScoredRun
{
    /// <param name="continued">The folder of a run to continue; absent for a new one.</param>
    /// <param name="create">Makes the folder of a new run, once its settings and videos are known to be good.</param>
    /// <param name="start">Weights to begin with; null for those of the seed.</param>
    /// <param name="scores">False leaves the scores out.</param>
    /// <returns>The receipt, which is also written; null where it was interrupted, with the state saved.</returns>
    /// <exception cref="UserException">Settings and videos do not fit together.</exception>
    /// <exception cref="TrainingException">The loss is no finite number.</exception>
    public static Receipt? Train(
        ResolvedSettings settings, IReadOnlyList<string> videos, RunFolder? continued, Func<RunFolder> create, Terminal terminal,
        CancellationToken interruption, StartingPoint? start = null, bool scores = true)
    {
        using Device device = Devices.Open(settings.Settings.Run, terminal.Detail);
        VideoCollection collection = VideoCollection.Open(videos, TrainingData.ReaderOptions(settings.Settings.Data), settings.Settings.Data.TrainingShare);
        using TrainingRun run = new(
            device, settings, collection, continued, ProxyProgress.Supply(device, settings.Settings, terminal, interruption));
        if (start is not null)
        {
            run.StartFrom(start);
        }

        RunFolder folder = continued ?? create();
        RunResults? results = null;
        new TrainingProgress(terminal).Run(run.StepsDone, run.Steps, report => results = run.Train(folder, report, terminal.Say, interruption));
        if (run.StepsDone < run.Steps)
        {
            return null;
        }

        Receipt receipt = run.Receipt(scores ? results! with { Scores = run.Score() } : results!);
        AtomicFile.WriteText(folder.Receipt, receipt.ToJson());
        return receipt;
    }
}
