using System.Text.Json;

namespace DoRA.References;

/// <summary>
/// The achieved errors against the golden tensors. When <c>DORA_PARITY_TABLE</c> names a folder, every comparison is appended there as
/// a JSON line to a file of this process, so that several test assemblies may run at once.
/// </summary>
public static class ParityTable
{
    private static readonly Lock Gate = new();

    public static void Add(GoldenComparison comparison)
    {
        if (Environment.GetEnvironmentVariable("DORA_PARITY_TABLE") is not { Length: > 0 } folder)
            return;
        var line = JsonSerializer.Serialize(new
        {
            file = comparison.File,
            tensor = comparison.Tensor,
            error = double.IsFinite(comparison.Error) ? comparison.Error : (double?)null,
            tolerance = comparison.Tolerance,
        });
        lock (Gate)
        {
            Directory.CreateDirectory(folder);
            File.AppendAllText(Path.Combine(folder, $"{Environment.ProcessId}.jsonl"), line + "\n");
        }
    }
}
