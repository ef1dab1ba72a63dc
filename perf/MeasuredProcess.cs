using System.Diagnostics;
using DoRA.Kernels;

namespace DoRA.Perf;

/// <summary>A process run to its end: what it printed, and its memory at its peak.</summary>
/// <param name="PeakBytes">Of its resident memory, as the system keeps it; looked at every 50 ms.</param>
internal sealed record MeasuredProcess(string Output, long PeakBytes)
{
    /// <exception cref="UserException">It cannot be started, or ended with another code than 0.</exception>
    public static MeasuredProcess Run(string program, string arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Start(start);
        long peak = 0;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        while (!process.WaitForExit(50))
        {
            process.Refresh();
            peak = Math.Max(peak, PeakOf(process));
        }

        return process.ExitCode == 0
            ? new(output.Result, peak)
            : throw new UserException($"`{program} {arguments}` ended with code {process.ExitCode}; run it by hand to see why.");
    }

    /// <summary>This program again, with other arguments.</summary>
    public static MeasuredProcess RunSelf(string arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Run(Environment.ProcessPath!, Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? $"\"{Environment.GetCommandLineArgs()[0]}\" {arguments}" : arguments, environment);

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new UserException($"{start.FileName} cannot be started ({error.Message}).");
        }
    }

    private static long PeakOf(Process process)
    {
        try
        {
            return process.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // It has just ended.
        }
    }
}
