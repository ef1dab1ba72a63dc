using DoRA.Kernels;
using DoRA.PtxMachine;
using DoRA.PtxMachine.Counting;

namespace DoRA.Perf;

/// <summary>
/// Every kernel of the CUDA engine: what it does in augmentation and a training step on the PTX machine, as the machine counts it, and what
/// NVIDIA's assembler makes of it, where there is one. The counts are the same on every machine.
/// </summary>
internal static class KernelSuite
{
    private const string NoAssembler = "ptxas: no registers and spills, because ptxas (of the CUDA toolkit) is not on the path";

    /// <param name="ptxFolder">Where every kernel's PTX is written, or null.</param>
    /// <param name="name">Only kernels with this in their names, with their whole reports, or null for all.</param>
    /// <param name="isTraced">Print what warp 0 of group 0 executes in each such kernel's first launch.</param>
    /// <exception cref="UserException">No kernel has such a name, or the assembler refuses one.</exception>
    public static void Run(DirectoryInfo? ptxFolder, string? name, bool isTraced)
    {
        Version newest = new MachineOptions().ComputeCapability, oldest = new(8, 0);
        CountedKernel[][] tables = [.. new[] { (ElementType.Float32, newest), (ElementType.BFloat16, newest), (ElementType.BFloat16, oldest) }
            .Select(card => CountedKernel.All(card.Item1, card.Item2, isTraced ? name : null, Console.WriteLine))];
        tables[2] = [.. tables[2].ExceptBy(tables[1].Select(kernel => kernel.Name), kernel => kernel.Name)];
        CountedKernel[] all = [.. tables.SelectMany(table => table).GroupBy(kernel => kernel.Name).Select(same => same.MaxBy(kernel => kernel.Launches.Length)!)];
        if (ptxFolder is not null)
        {
            ptxFolder.Create();
            foreach (CountedKernel kernel in all)
            {
                File.WriteAllText(Path.Combine(ptxFolder.FullName, $"{kernel.Name}.ptx"), kernel.Ptx);
            }
        }

        CountedKernel[] chosen = [.. all.Where(kernel => name is null || kernel.Name.Contains(name, StringComparison.OrdinalIgnoreCase))];
        if (chosen.Length == 0)
        {
            throw new UserException($"--kernel {name} is in no kernel's name; without --kernel all {all.Length} are listed.");
        }

        Dictionary<string, AssemblerReport?> assembled = chosen.AsParallel().ToDictionary(kernel => kernel.Name, kernel => kernel.Assemble());
        if (name is not null)
        {
            foreach (CountedKernel kernel in chosen)
            {
                Console.Write(kernel.Launches.Length > 0 ? kernel.Launches[0].ToText(Card.H200) : $"{kernel.Name} is not launched\n");
                Console.WriteLine($"  {assembled[kernel.Name]?.ToString() ?? NoAssembler}");
            }

            return;
        }

        Console.WriteLine("float32 activations");
        Print(tables[0], assembled);
        Console.WriteLine($"bfloat16 activations, compute capability {newest}");
        Print(tables[1], assembled);
        Console.WriteLine($"bfloat16 activations, compute capability {oldest}: in place of the products by wgmma");
        Print(tables[2], assembled);
        Console.WriteLine("Sums over augmentation and one step. Sectors used and bank passes: the ideal number's share of what the kernel takes; 100 % is best.");
        Console.WriteLine("Kernels that such a step does not launch are counted in one with odd rows, or in single operations of a large step.");
        foreach (CountedKernel kernel in all.Where(kernel => kernel.Launches.Length == 0))
        {
            Console.WriteLine($"{kernel.Name} is launched by none of these: add a workload.");
        }

        if (assembled.ContainsValue(null))
        {
            Console.WriteLine(NoAssembler);
        }
    }

    private static void Print(CountedKernel[] kernels, Dictionary<string, AssemblerReport?> assembled)
    {
        int width = kernels.Max(kernel => kernel.Name.Length);
        Console.WriteLine($"{"kernel".PadRight(width)} {"launches",8} {"instructions",12} {"issue slots",11} {"bytes asked",11} {"sectors used",12} "
            + $"{"bank passes",11} {"barriers",8} {"tensor MFLOP",12} {"registers",9} {"spilled",7}");
        foreach (CountedKernel kernel in kernels)
        {
            long Sum(Func<KernelCounts, long> count) => kernel.Launches.Sum(launch => count(launch.Counts));
            AssemblerReport? assembly = assembled[kernel.Name];
            Console.WriteLine($"{kernel.Name.PadRight(width)} {kernel.Launches.Length,8} {Sum(c => c.Instructions),12} {Sum(c => c.IssueSlots),11} {Sum(c => c.GlobalBytes),11} "
                + $"{Share(Sum(c => c.IdealGlobalSectors), Sum(c => c.GlobalSectors)),12} {Share(Sum(c => c.IdealSharedPasses), Sum(c => c.SharedPasses)),11} "
                + $"{Sum(c => c.Barriers),8} {Sum(c => c.TensorOperations) / 1e6,12:F1} {assembly?.Registers,9} {assembly?.SpillBytes,7}");
            foreach (string warning in assembly?.Warnings ?? [])
            {
                Console.WriteLine($"  {warning}");
            }
        }
    }

    private static string Share(long ideal, long taken) => taken == 0 ? "-" : $"{100.0 * ideal / taken:F0} %";
}
