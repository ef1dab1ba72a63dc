using System.Globalization;
using DoRA.Kernels;
using DoRA.Model.Files;
using DoRA.Pipeline.Cli;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Compare;

/// <summary>One run of a comparison: a variant with a seed. Its receipt is written last, so a folder with a receipt is done.</summary>
internal sealed class ComparisonMember(string comparison, Variant variant, int seed)
{
    private readonly string _folder = Path.Combine(comparison, $"{variant.Name}-seed{seed}");

    public string Name => Path.GetFileName(_folder);

    public string ReceiptFile => Path.Combine(_folder, "receipt.json");

    /// <summary>The receipt, where the run is done.</summary>
    public Receipt? Done() => File.Exists(ReceiptFile) ? ResultJson.Read<Receipt>(ReceiptFile) : null;

    /// <summary>Trains, from where an earlier call stopped, and scores.</summary>
    /// <returns>Null where it was interrupted; the state is saved.</returns>
    public Receipt? Run(IReadOnlyList<string> videos, Terminal terminal, CancellationToken interruption)
    {
        ResolvedSettings settings = variant.Resolve(seed);
        RunFolder? continued = HasStepsLeft(settings.Settings) ? RunFolder.Open(_folder) : null;
        if (continued is null && Directory.Exists(_folder))
        {
            // Stopped before its first checkpoint, or after the last but before its scores: it begins again.
            Directory.Delete(_folder, recursive: true);
        }

        return ScoredRun.Train(settings, videos, continued, () => RunFolder.Create(_folder), terminal, interruption);
    }

    private bool HasStepsLeft(Settings settings)
    {
        CheckpointFolder checkpoints = new(_folder);
        if (!File.Exists(checkpoints.Latest) && !File.Exists(checkpoints.Previous))
        {
            return false;
        }

        using SafetensorsFile latest = checkpoints.OpenLatest();

        // A plan's settings state their steps, whatever the number of clips.
        return int.Parse(latest.Metadata[CheckpointFolder.StepKey], CultureInfo.InvariantCulture) < settings.Run.Length(clips: 1, settings.Data.Batch).Steps;
    }
}
