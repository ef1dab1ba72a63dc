using DoRA.Kernels;
using DoRA.Model;
using DoRA.PtxMachine;
using DoRA.PtxMachine.Counting;

namespace DoRA.Perf;

/// <summary>
/// One training step of a narrow network through the CUDA engine on the PTX machine: what each kernel does, as the machine counts it.
/// The figures are the same on every machine.
/// </summary>
internal static class KernelSuite
{
    private const int Frames = 2, GlobalSize = 32, LocalSize = 16, LocalViews = 2;

    /// <param name="ptxFolder">Where every kernel's PTX is written, or null.</param>
    /// <param name="kernel">Only kernels with this in their names, or null for all.</param>
    /// <param name="isTraced">Print what warp 0 of group 0 executes in the kernel's first launch.</param>
    /// <exception cref="UserException">No kernel has such a name.</exception>
    public static void Run(DirectoryInfo? ptxFolder, string? kernel, bool isTraced)
    {
        using PtxMachine.Machine machine = new();
        using WatchedDriver driver = new(machine, isTraced ? kernel : null, Console.WriteLine);
        Step(driver);
        if (ptxFolder is not null)
        {
            ptxFolder.Create();
            foreach ((string name, string text) in driver.Ptx)
            {
                File.WriteAllText(Path.Combine(ptxFolder.FullName, $"{name}.ptx"), text);
            }
        }

        LaunchReport[] launches = [.. machine.History.Where(launch => kernel is null || launch.Kernel.Contains(kernel, StringComparison.OrdinalIgnoreCase))];
        if (launches.Length == 0)
        {
            throw new UserException($"--kernel {kernel} names none of the kernels of a training step: {string.Join(", ", driver.Ptx.Keys)}.");
        }

        if (kernel is not null)
        {
            Console.Write(launches[0].ToText(Card.H200));
            return;
        }

        Console.WriteLine($"{"kernel",-44} {"launches",8} {"instructions",13} {"issue slots",12} {"bytes asked",12} {"sectors used",12} {"bank passes",12} {"barriers",9}");
        foreach (IGrouping<string, LaunchReport> group in launches.GroupBy(launch => launch.Kernel).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            long Sum(Func<KernelCounts, long> count) => group.Sum(launch => count(launch.Counts));
            Console.WriteLine($"{group.Key,-44} {group.Count(),8} {Sum(c => c.Instructions),13} {Sum(c => c.IssueSlots),12} {Sum(c => c.GlobalBytes),12} "
                + $"{Share(Sum(c => c.IdealGlobalSectors), Sum(c => c.GlobalSectors)),12} {Share(Sum(c => c.IdealSharedPasses), Sum(c => c.SharedPasses)),12} {Sum(c => c.Barriers),9}");
        }

        Console.WriteLine("Sums over one step. Sectors used and bank passes: the ideal number's share of what the kernel takes; 100 % is best.");
    }

    private static void Step(IKernelDriver driver)
    {
        TrainingConfiguration configuration = new(
            new NetworkConfiguration(new(64, 2, 2, 8, GlobalSize), new(64, 32, 256), 0.1f, LinearInitialisation.UniformFanIn), Seed: 1)
        {
            Tracker = new(2),
        };
        using CudaDevice device = new(driver, "PTX machine");
        using StudentTeacher training = new(device, configuration);
        using DeviceBuffer globals = Images(device, Frames, GlobalSize, out ImageBatch globalViews);
        using DeviceBuffer locals = Images(device, LocalViews * Frames, LocalSize, out ImageBatch localViews);
        training.Step(new(1, Frames, globalViews, localViews), new(0, 1e-3f, 0.04f, 0.99f, 0.04f)).ReadLoss();
    }

    private static DeviceBuffer Images(CudaDevice device, int count, int size, out ImageBatch images)
    {
        Random random = new(1);
        float[] values = [.. Enumerable.Range(0, count * 3 * size * size).Select(_ => (random.NextSingle() * 2) - 1)];
        DeviceSpan memory = device.Allocate(values.Length, ElementType.Float32);
        device.Upload<float>(memory, values);
        images = new(memory, count, size, size);
        return memory.Buffer;
    }

    private static string Share(long ideal, long taken) => taken == 0 ? "-" : $"{100.0 * ideal / taken:F0} %";
}
