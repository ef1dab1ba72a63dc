using System.Globalization;
using DoRA.Kernels;
using DoRA.Pipeline.Doctor;
using DoRA.PtxMachine;
using DoRA.PtxMachine.Counting;

namespace DoRA.Perf.Fusion;

/// <summary>
/// The traffic table: each fused kernel and the chain it takes the place of, as the PTX machine counts them, in bfloat16; with a card, what both take there. Prints Markdown.
/// </summary>
internal static class FusionSuite
{
    /// <summary>A chain rounds to bfloat16 at every stop: a handful of roundings of 2⁻⁹ each, and softmaxes carry them on.</summary>
    private const double Tolerance = 0.03;

    /// <param name="name">Only cases with this in their names, or null for all.</param>
    /// <param name="card">Where times are measured, or null.</param>
    /// <exception cref="UserException">No case has such a name.</exception>
    public static void Run(string? name, CudaDevice? card)
    {
        FusionCase[] cases = [.. FusionCase.All.Where(item => name is null || item.Name.Contains(name, StringComparison.OrdinalIgnoreCase))];
        if (cases.Length == 0)
        {
            throw new UserException($"--case {name} names none of {string.Join("; ", FusionCase.All.Select(item => item.Name))}.");
        }

        Console.WriteLine("| fused | at | | launches | MB read | MB written | MB asked | MFLOP |" + (card is null ? "" : " µs |"));
        Console.WriteLine("|---|---|---|---|---|---|---|---|" + (card is null ? "" : "---|"));
        foreach (FusionCase item in cases)
        {
            (Traffic fused, Traffic chain) = Count(item);
            (double? fusedTime, double? chainTime) = card is null ? default((double?, double?)) : Time(item, card);
            Console.WriteLine($"| {item.Name} | {item.Shape} | fused | {fused}{Microseconds(fusedTime)}");
            Console.WriteLine($"| | | chain | {chain}{Microseconds(chainTime)}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| | | chain over fused | {chain.Launches / (double)fused.Launches:F1} | {chain.Read / fused.Read:F1} | {chain.Written / fused.Written:F1} | {chain.Asked / fused.Asked:F1} | {chain.Flops / fused.Flops:F1} |{(chainTime is null ? "" : $" {chainTime / fusedTime:F1} |")}"));
        }
    }

    private static (Traffic Fused, Traffic Chain) Count(FusionCase item)
    {
        using PtxMachine.Machine machine = new(new() { Checks = false });
        using CudaDevice device = new(machine, "PTX machine", ElementType.BFloat16);
        using FusionBench bench = new(device);
        FusionWork work = item.Prepare(bench);
        Traffic Counted(Action run)
        {
            int before = machine.History.Count;
            run();
            return Traffic.Of(machine.History.Skip(before));
        }

        (Traffic, Traffic) counted = (Counted(work.Fused), Counted(work.Chain));
        double error = OperationDoctor.Error(OperationDoctor.Read(device, work.Chained), OperationDoctor.Read(device, work.Result));
        return error <= Tolerance ? counted : throw new InvalidOperationException($"{item.Name}: the chain's result is off by {error:E1}.");
    }

    private static (double?, double?) Time(FusionCase item, CudaDevice card)
    {
        using FusionBench bench = new(card);
        FusionWork work = item.Prepare(bench);
        return (OperationDoctor.Fastest(card, work.Fused, 0.05), OperationDoctor.Fastest(card, work.Chain, 0.05));
    }

    private static string Microseconds(double? seconds) => seconds is null ? "" : $" {seconds * 1e6:F1} |";

    /// <param name="Read">MB that must come from memory, launch by launch: sectors of 32 bytes that a launch reads at least once.</param>
    /// <param name="Written">MB that go there.</param>
    /// <param name="Asked">MB that lanes ask for, caches included.</param>
    /// <param name="Flops">Millions: of tensor cores, and 32 for each warp's float instruction, a multiply-add counting once.</param>
    private sealed record Traffic(int Launches, double Read, double Written, double Asked, double Flops)
    {
        public static Traffic Of(IEnumerable<LaunchReport> launches)
        {
            KernelCounts[] counts = [.. launches.Select(launch => launch.Counts)];
            return new(counts.Length, counts.Sum(count => count.DistinctReadBytes) * 1e-6, counts.Sum(count => count.DistinctWrittenBytes) * 1e-6,
                counts.Sum(count => count.GlobalBytes) * 1e-6, counts.Sum(count => count.TensorOperations
                    + (32 * (count.Classes.GetValueOrDefault(InstructionClass.Float) + count.Classes.GetValueOrDefault(InstructionClass.Double)))) * 1e-6);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Launches} | {Read:F3} | {Written:F3} | {Asked:F1} | {Flops:F0} |");
    }
}
