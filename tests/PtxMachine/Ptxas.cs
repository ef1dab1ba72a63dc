using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DoRA.PtxMachine;

/// <summary>What NVIDIA's assembler says of a kernel.</summary>
/// <param name="Registers">Registers of a thread.</param>
/// <param name="SpillBytes">Bytes of local memory that registers are spilled to and loaded from.</param>
/// <param name="SharedBytes">Static shared memory of a group.</param>
/// <param name="Warnings">Warnings, among them those on serialised tensor-core work (C75…).</param>
public sealed record AssemblerReport(int Registers, int SpillBytes, int SharedBytes, IReadOnlyList<string> Warnings)
{
    public override string ToString() => $"ptxas: {Registers} registers, {SpillBytes} bytes spilled, {SharedBytes} bytes shared"
        + string.Concat(Warnings.Select(warning => Environment.NewLine + "  " + warning));
}

/// <summary>Asks NVIDIA's assembler, where it is installed; nothing else of the machine needs it.</summary>
public static partial class Ptxas
{
    /// <summary>Assembles a module of one kernel, or returns null when there is no ptxas on the path.</summary>
    /// <exception cref="InvalidOperationException">ptxas refuses the text.</exception>
    public static AssemblerReport? Assemble(string ptx, string architecture = "sm_90a")
    {
        string file = Path.GetTempFileName();
        ProcessStartInfo start = new("ptxas", ["-v", "-arch=" + architecture, "-o", "/dev/null", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            File.WriteAllText(file, ptx);
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd() + errors.Result;
            process.WaitForExit();
            return process.ExitCode == 0 ? Parse(output) : throw new InvalidOperationException(output);
        }
        catch (Win32Exception)
        {
            return null;
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Reads what `ptxas -v` prints.</summary>
    public static AssemblerReport Parse(string output) => new(
        Sum(Registers(), output),
        Sum(Spills(), output),
        Sum(Shared(), output),
        [.. output.Split('\n').Where(line => line.Contains("warning", StringComparison.Ordinal) || Remark().IsMatch(line)).Select(line => line.Trim())]);

    private static int Sum(Regex regex, string output) =>
        regex.Matches(output).Sum(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Registers();

    [GeneratedRegex(@"(\d+) bytes spill (?:stores|loads)")]
    private static partial Regex Spills();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex Shared();

    [GeneratedRegex(@"\(C75\d\d\)")]
    private static partial Regex Remark();
}
