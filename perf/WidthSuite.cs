using System.Text.Json;

namespace DoRA.Perf;

/// <summary>The CPU engine with the runtime's wider vectors switched off, in turn: what a machine without them would get.</summary>
internal sealed class WidthSuite(int threads, double seconds, int rounds)
{
    private static readonly (string Name, string Switch)[] s_widths = [("512", ""), ("256", "DOTNET_EnableAVX512"), ("128", "DOTNET_EnableAVX2")];

    public void Run(string? operation, string resultFile)
    {
        Dictionary<string, double[]> times = [];
        for (int width = 0; width < s_widths.Length; width++)
        {
            foreach ((string name, double time) in Times(operation, s_widths[width].Switch))
            {
                if (!times.TryGetValue(name, out double[]? row))
                {
                    times[name] = row = new double[s_widths.Length];
                }

                row[width] = time;
            }
        }

        Console.WriteLine($"{"",-42}{"512 ms",10}{"256/512",10}{"128/512",10}");
        foreach ((string name, double[] row) in times)
        {
            Console.WriteLine($"{name,-42}{row[0] * 1e3,10:F3}{row[1] / row[0],10:F2}{row[2] / row[0],10:F2}");
        }

        File.WriteAllText(resultFile, JsonSerializer.Serialize(
            times.Select(pair => new { Name = pair.Key, Seconds512 = pair.Value[0], Seconds256 = pair.Value[1], Seconds128 = pair.Value[2] }),
            CpuSuite.Json) + "\n");
    }

    private IEnumerable<(string Name, double Seconds)> Times(string? operation, string off)
    {
        string file = Path.GetTempFileName();
        try
        {
            string only = operation is null ? "" : $"--op {operation} ";
            MeasuredProcess.RunSelf(
                FormattableString.Invariant($"cpu {only}--threads {threads} --seconds {seconds} --rounds {rounds} --json {file}"),
                off.Length == 0 ? null : new Dictionary<string, string> { [off] = "0" });
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            return [.. document.RootElement.EnumerateArray()
                .Select(result => (result.GetProperty("name").GetString()!, result.GetProperty("ours").GetDouble()))];
        }
        finally
        {
            File.Delete(file);
        }
    }
}
