using System.Diagnostics;
using DoRA.Kernels;

namespace DoRA.Perf;

/// <summary>
/// Where a step's time goes: the seconds of each operation's parallel work, by the folder that it lives in, and the rest (the tape, tables,
/// copies) as what remains of the whole.
/// </summary>
internal static class StepProfile
{
    private const string Rest = "between operations";

    /// <summary>The fastest of a few steps, by operation, the largest share first.</summary>
    public static IReadOnlyList<(string Operation, double Seconds)> Measure(CpuDevice device, Action step, int steps = 3)
    {
        Dictionary<string, double>? fastest = null;
        for (int i = 0; i < steps; i++)
        {
            Dictionary<string, double> seconds = [];
            device.Threads.Observer = (work, time) =>
            {
                string operation = OperationOf(work);
                seconds[operation] = seconds.GetValueOrDefault(operation) + time.TotalSeconds;
            };
            long start = Stopwatch.GetTimestamp();
            step();
            double whole = Stopwatch.GetElapsedTime(start).TotalSeconds;
            device.Threads.Observer = null;
            seconds[Rest] = whole - seconds.Values.Sum();
            fastest = fastest is null || whole < fastest.Values.Sum() ? seconds : fastest;
        }

        return [.. fastest!.OrderByDescending(pair => pair.Value).Select(pair => (pair.Key, pair.Value))];
    }

    /// <summary>The operation's folder: of the work's type, or of the first of its type arguments outside the shared ones.</summary>
    private static string OperationOf(Type work) =>
        new[] { work }.Concat(work.GenericTypeArguments)
            .Select(type => (type.Namespace ?? "").Split('.'))
            .Where(parts => parts is ["DoRA", "Kernels", not "Primitives", ..])
            .Select(parts => parts[2])
            .FirstOrDefault(nameof(DoRA.Kernels.Linear));
}
