using System.CommandLine;
using DoRA.Kernels;
using DoRA.Perf;
using DoRA.Perf.Cuda;
using DoRA.Perf.Fusion;

Option<DirectoryInfo?> ptxFolder = new("--ptx") { Description = "A folder to write every kernel's PTX to." };
Option<string?> kernel = new("--kernel") { Description = "Only the kernel with this in its name, with its whole report." };
Option<bool> trace = new("--trace") { Description = "With --kernel: print what a warp executes." };
Command kernels = new("kernels", "Counts what every CUDA kernel of a training step does, on the PTX machine.") { ptxFolder, kernel, trace };
kernels.SetAction(parsed =>
{
    if (parsed.GetValue(trace) && parsed.GetValue(kernel) is null)
    {
        throw new UserException("--trace needs --kernel with the name of the kernel to follow.");
    }

    KernelSuite.Run(parsed.GetValue(ptxFolder), parsed.GetValue(kernel), parsed.GetValue(trace));
});

Option<double> growthSeconds = new("--seconds") { HelpName = "S", Description = "Measuring time of one step shape.", DefaultValueFactory = _ => 2 };
Command growth = new("growth", "Measures how the time of a step on the CPU grows with batch, frames, tokens, outputs and threads.") { growthSeconds };
growth.SetAction(parsed => GrowthSuite.Run(parsed.GetValue(growthSeconds), CpuCommand.Folder));

Command queue = new("queue", "What the host does to queue a training step on a card, without one: launches, copies, its own time.");
queue.SetAction(_ => QueueSuite.Run());

try
{
    return new RootCommand("DoRA's benchmarks.") { CpuCommand.Create(), CpuCommand.CreateOnce(), growth, kernels, CudaCommand.Create(), queue, FusionCommand.Create(), VideoCommand.Create() }.Parse(args).Invoke(new() { EnableDefaultExceptionHandler = false });
}
catch (UserException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
