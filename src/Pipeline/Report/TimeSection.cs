using DoRA.Pipeline.Cli;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Report;

/// <summary>Where the time went.</summary>
internal static class TimeSection
{
    public static string ToHtml(Settings settings, StepRecord[] log, Receipt? receipt)
    {
        int batch = settings.Data.Batch;
        double[] seconds = [.. log.Select(record => batch / record.ClipsPerSecond)];
        double waiting = seconds.Zip(log, (time, record) => time * record.DataWait).Sum(), stepping = seconds.Sum() - waiting;

        // What is left of the whole is known only where one call did all the steps and logged each.
        bool isWhole = receipt is not null && log.Length == log[^1].Step && receipt.Results.Steps == log.Length;
        double rest = isWhole ? Math.Max(0, receipt!.Results.Seconds - seconds.Sum()) : 0, all = waiting + stepping + rest;
        string bar = string.Concat(Part(1, stepping), Part(2, waiting), Part(3, rest));
        string keys = string.Concat(Key(1, "training steps", stepping), Key(2, "waiting for data", waiting), isWhole ? Key(3, "scores, watch, checkpoints", rest) : "");
        double[] times = [.. log.Select(record => (double)record.Step)];
        string charts = new Chart("Clips per second", new Series("clips/s", times, [.. log.Select(record => record.ClipsPerSecond)], 1, HasBand: true)).ToHtml()
            + new Chart("Waiting for data, in % of a step", new Series("data wait", times, [.. log.Select(record => 100 * record.DataWait)], 2, HasBand: true))
            {
                Caption = "Above some 10% faster reading would speed the run up.",
            }.ToHtml();
        return Html.Section(
            "Time", $"{TrainingProgress.Duration(TimeSpan.FromSeconds(all))} of training, {batch * log.Length / seconds.Sum():f0} clips a second.",
            $"<div class=\"bar\">{bar}</div><p>{keys}</p><div class=\"charts\">{charts}</div>\n");

        string Part(int color, double part) => part > 0 ? $"<i style=\"flex-grow:{part / all:f4};background:var(--series-{color})\"></i>" : "";
        string Key(int color, string name, double part) =>
            $"<span class=\"key\"><i style=\"background:var(--series-{color})\"></i>{name} <b>{part / all:p0}</b></span> ";
    }
}
