using System.CommandLine;
using System.Diagnostics;
using DoRA.Kernels;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Report;
using DoRA.Pipeline.Runs;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Cli;

/// <summary><c>pretrain [VIDEO|FOLDER …]</c>: trains, forecasts, or continues a run.</summary>
internal static class PretrainCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "pretrain",
            "Trains an encoder from videos; without arguments on the two of samples/.\nExample: dora pretrain walk.mp4 --preset small --output runs/walk");
        PretrainOptions options = new(command);
        command.SetAction((parsed, interruption) => Task.FromResult(Run(new PretrainRequest(options, parsed), terminal, interruption)));
        return command;
    }

    private static int Run(PretrainRequest request, Terminal terminal, CancellationToken interruption)
    {
        Stopwatch clock = Stopwatch.StartNew();
        RunFolder? continued = request.ContinuedRun is { } path ? RunFolder.Open(path) : null;
        ResolvedSettings settings = continued is null ? request.Resolve() : request.ResolveContinued(continued);
        if (request.IsDryRun)
        {
            settings = Forecast.Watched(settings);
        }

        StartingPoint? start = request.IsDryRun ? null : request.Start;
        using Device device = Devices.Open(settings.Settings.Run, terminal.Say);
        // A forecast makes no proxy: it says where decoding is what limits.
        ProxySupply? proxies = request.IsDryRun ? null : ProxyProgress.Supply(device, settings.Settings, terminal, interruption);
        using TrainingRun run = new(device, settings, Open(request.Videos(continued), settings.Settings, terminal), continued, proxies);
        if (request.IsDryRun)
        {
            Forecast forecast = Forecast.Measure(run, clock.Elapsed, interruption);
            terminal.Result(request.WantsJson ? forecast.ToJson() : forecast.ToText());
            return ExitCode.Done;
        }

        if (start is not null)
        {
            run.StartFrom(start);
        }

        RunFolder folder = continued ?? RunFolder.Create(request.Output ?? Path.Combine("runs", $"{DateTime.Now:yyyy-MM-dd-HHmmss}"));
        terminal.Say($"{run.Description} Run folder: {folder.FullPath}");
        Receipt receipt;
        try
        {
            receipt = run.Receipt(Train(run, folder, terminal, interruption));
        }
        catch (TrainingException)
        {
            RunReport.TryWrite(folder, terminal.Say);
            throw;
        }

        AtomicFile.WriteText(folder.Receipt, receipt.ToJson());
        RunReport.TryWrite(folder, terminal.Say);
        if (run.StepsDone < run.Steps)
        {
            terminal.Say($"Stopped after step {run.StepsDone} of {run.Steps}, which is saved. Its report so far: {folder.Report}\n"
                + $"Go on with: ./dora pretrain --resume {folder.FullPath}");
            return ExitCode.Interrupted;
        }

        terminal.Result(request.WantsJson ? receipt.ToJson() : RunSummary.Text(receipt, folder));
        return ExitCode.Done;
    }

    private static RunResults Train(TrainingRun run, RunFolder folder, Terminal terminal, CancellationToken interruption)
    {
        RunResults? results = null;
        new TrainingProgress(terminal).Run(run.StepsDone, run.Steps, report => results = run.Train(folder, report, terminal.Say, interruption));
        if (run.StepsDone < run.Steps || !run.IsScored)
        {
            return results!;
        }

        terminal.Say("Scoring the trained network, the untrained one and raw pixels on held-out pictures.");
        return results! with { Scores = run.Score() };
    }

    private static VideoCollection Open(IReadOnlyList<string> paths, Settings settings, Terminal terminal)
    {
        VideoCollection videos = VideoCollection.Open(paths, TrainingData.ReaderOptions(settings.Data), settings.Data.TrainingShare);
        foreach ((string path, string reason) in videos.LeftOut)
        {
            terminal.Detail($"{path} is left out: {reason}");
        }

        return videos;
    }
}
