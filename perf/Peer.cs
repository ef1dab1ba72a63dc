using System.Text.Json;
using DoRA.Kernels;

namespace DoRA.Perf;

/// <summary>
/// Another implementation, timed by a script of its own: <c>python3 SCRIPT arguments --threads N --seconds S</c>, whose last line of output is a JSON
/// object with <c>minimum</c>, the seconds of its fastest call.
/// </summary>
internal sealed class Peer(string script, int threads)
{
    /// <summary>Seconds of the fastest call, and the peak of its process's memory in bytes.</summary>
    /// <exception cref="UserException">The script failed or printed something else.</exception>
    public (double Seconds, long Memory) Time(string arguments, double seconds)
    {
        MeasuredProcess process =
            MeasuredProcess.Run("python3", FormattableString.Invariant($"\"{script}\" {arguments} --threads {threads} --seconds {seconds} --warmup 3"));
        string last = process.Output.TrimEnd().Split('\n')[^1];
        return last.StartsWith('{')
            ? (JsonDocument.Parse(last).RootElement.GetProperty("minimum").GetDouble(), process.PeakBytes)
            : throw new UserException($"The peer's script {script} did not time '{arguments}'; run it by hand to see why.");
    }
}
