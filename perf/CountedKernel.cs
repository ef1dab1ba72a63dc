using DoRA.Kernels;
using DoRA.PtxMachine;

namespace DoRA.Perf;

/// <summary>A kernel of the CUDA engine and the launches that it was counted in.</summary>
/// <param name="Launches">Of the first workload that launches it; none if no workload does.</param>
internal sealed record CountedKernel(string Name, string Ptx, LaunchReport[] Launches)
{
    private static Action<CudaDevice>[] Workloads => [KernelWorkload.Usual.Run, KernelWorkload.Odd.Run, RunRare];

    /// <summary>All kernels of the engine with such activations, on a card of such compute capability, by name.</summary>
    /// <param name="traced">A part of the names of kernels to trace, or null.</param>
    public static CountedKernel[] All(ElementType activations, Version capability, string? traced, Action<string> trace)
    {
        using PtxMachine.Machine machine = new(new() { ComputeCapability = capability });
        using WatchedDriver driver = new(machine, traced, trace);
        using CudaDevice device = new(driver, "PTX machine", activations);
        List<ILookup<string, LaunchReport>> workloads = [];
        foreach (Action<CudaDevice> run in Workloads)
        {
            int before = machine.History.Count;
            run(device);
            workloads.Add(machine.History.Skip(before).ToLookup(launch => launch.Kernel));
        }

        return
        [
            .. device.AllKernels.Select(kernel => kernel.Compile()).DistinctBy(kernel => kernel.Name).OrderBy(kernel => kernel.Name, StringComparer.Ordinal)
                .Select(kernel => new CountedKernel(
                    kernel.Name, kernel.Ptx, [.. workloads.Find(launches => launches.Contains(kernel.Name))?[kernel.Name] ?? []])),
        ];
    }

    private static void RunRare(CudaDevice device)
    {
        using RareOperations rare = new(device);
        rare.Run(64, 8);
        rare.Run(61, 3);
    }

    /// <summary>What NVIDIA's assembler says, or null without one.</summary>
    /// <exception cref="UserException">It refuses the kernel.</exception>
    public AssemblerReport? Assemble()
    {
        try
        {
            return Ptxas.Assemble(Ptx);
        }
        catch (InvalidOperationException exception)
        {
            throw new UserException($"ptxas refuses {Name}: {exception.Message}");
        }
    }
}
