using System.Globalization;
using System.Text;
using DoRA.PtxMachine.Checks;
using DoRA.PtxMachine.Counting;

namespace DoRA.PtxMachine;

/// <summary>One launch: what was wrong and what it did.</summary>
public sealed record LaunchReport(string Kernel, Extents Grid, Extents Group, int DynamicSharedBytes, IReadOnlyList<Finding> Findings, KernelCounts Counts, TimeSpan Elapsed)
{
    /// <summary>Throws when something was found.</summary>
    /// <exception cref="KernelFaultException">Names every finding.</exception>
    public LaunchReport ThrowIfFindings() => Findings.Count == 0 ? this : throw new KernelFaultException(this);

    /// <summary>The report as text, with an estimate for a card.</summary>
    public string ToText(Card card)
    {
        StringBuilder text = new();
        Roofline roofline = Roofline.Of(Counts, card);
        text.AppendLine($"{Kernel}, grid {Grid}, group {Group}, dynamic shared {DynamicSharedBytes} bytes");
        foreach (Finding finding in Findings) text.AppendLine($"  {finding}");
        text.AppendLine($"  instructions {Counts.Instructions}, without moves {Counts.IssueSlots}: "
            + string.Join(", ", Counts.Classes.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key} {pair.Value}")));
        text.AppendLine($"  global: {Counts.GlobalBytes} bytes asked, {Counts.GlobalSectors} sectors ({Counts.IdealGlobalSectors} ideal), "
            + $"distinct {Counts.DistinctReadBytes} bytes read, {Counts.DistinctWrittenBytes} written");
        text.AppendLine($"  shared: {Counts.SharedPasses} passes ({Counts.IdealSharedPasses} without conflicts), barriers {Counts.Barriers}, "
            + $"divergent branches {Counts.DivergentBranches}");
        text.AppendLine($"  {roofline}");
        foreach (LineTraffic line in Counts.GlobalLines.Concat(Counts.SharedLines).Where(line => line.Pieces > line.Ideal).OrderByDescending(line => line.Pieces - line.Ideal).Take(5))
        {
            text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"  line {line.Line}: x{(double)line.Pieces / line.Ideal:0.00} of the ideal, `{line.Text}`"));
        }
        return text.ToString();
    }
}

/// <summary>A launch on the machine found errors in the kernel.</summary>
public sealed class KernelFaultException : Exception
{
    public KernelFaultException()
    {
    }

    public KernelFaultException(string message)
        : base(message)
    {
    }

    public KernelFaultException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public KernelFaultException(LaunchReport report)
        : base(string.Join(Environment.NewLine, report.Findings))
    {
    }
}
