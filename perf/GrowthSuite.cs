using System.Text.Json;

namespace DoRA.Perf;

/// <summary>How the time of a step grows, axis by axis: a table, a chart and the exponent of a power law.</summary>
internal static class GrowthSuite
{
    public static void Run(double seconds, string folder)
    {
        Directory.CreateDirectory(folder);
        List<GrowthCurve> curves = [];
        foreach (GrowthAxis axis in GrowthAxis.All)
        {
            double[] times = [.. axis.Values.Select(value => axis.Shape(value).Measure(seconds))];
            GrowthCurve curve = new(axis.Name, axis.Values, times);
            curves.Add(curve);
            Console.WriteLine(FormattableString.Invariant($"{axis.Name,-8} time ~ {axis.Name}^{curve.Exponent:F2}"));
            for (int i = 0; i < times.Length; i++)
            {
                Console.WriteLine(FormattableString.Invariant($"  {axis.Values[i],8}{times[i] * 1e3,12:F1} ms{times[i] / times[0],8:F2}"));
            }
        }

        File.WriteAllText(
            Path.Combine(folder, "growth.json"), JsonSerializer.Serialize(curves, CpuSuite.Json) + "\n");
        Charts.Growth(curves, Path.Combine(folder, "growth.svg"));
    }
}
