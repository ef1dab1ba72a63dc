using System.Diagnostics;
using System.Text.Json;
using DoRA.Kernels;

namespace DoRA.Perf;

/// <summary>
/// Another implementation, timed by a script of its own: <c>python3 SCRIPT arguments --threads N --seconds S</c>, whose last line of output is a JSON
/// object with <c>minimum</c>, the seconds of its fastest call.
/// </summary>
internal sealed class Peer(string script, int threads)
{
    /// <exception cref="UserException">The script failed or printed something else.</exception>
    public double Seconds(string arguments, double seconds)
    {
        ProcessStartInfo start = new("python3", $"\"{script}\" {arguments} --threads {threads} --seconds {seconds} --warmup 3") { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string last = output.TrimEnd().Split('\n')[^1];
        if (process.ExitCode != 0 || !last.StartsWith('{'))
        {
            throw new UserException($"The peer's script {script} did not time '{arguments}'; run it by hand to see why.");
        }

        return JsonDocument.Parse(last).RootElement.GetProperty("minimum").GetDouble();
    }
}
