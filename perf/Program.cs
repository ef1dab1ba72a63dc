using System.CommandLine;
using DoRA.Kernels;
using DoRA.Perf;

Option<string?> operation = new("--op") { Description = $"Only this operation: {string.Join(", ", Benchmark.All.Select(benchmark => benchmark.Operation))}." };
Option<string?> peerName = new("--peer") { Description = "Time a peer beside ours: torch. Needs --peer-script." };
Option<FileInfo?> peerScript = new("--peer-script") { Description = "The script that times the peer (see perf/Peer.cs for what it takes and prints)." };
Option<FileInfo> json = new("--json") { Description = "Where results are written.", DefaultValueFactory = _ => new("perf/results/cpu/latest.json") };
Option<int> threads = new("--threads") { Description = "Threads; 0 for one per processor." };
Option<double> seconds = new("--seconds") { Description = "Measuring time of one case in one round.", DefaultValueFactory = _ => 0.5 };
Option<int> rounds = new("--rounds") { Description = "Rounds in which ours and the peer alternate.", DefaultValueFactory = _ => 2 };
peerName.AcceptOnlyFromAmong("torch");

Command cpu = new("cpu", "Times every operation of the CPU engine, forward and backward.") { operation, peerName, peerScript, json, threads, seconds, rounds };
cpu.SetAction(parsed =>
{
    int count = parsed.GetValue(threads) is 0 ? Environment.ProcessorCount : parsed.GetValue(threads);
    if (parsed.GetValue(peerName) is not null && parsed.GetValue(peerScript) is not { Exists: true })
    {
        throw new UserException("--peer torch needs --peer-script with the path of the script that times it.");
    }

    Peer? peer = parsed.GetValue(peerName) is null ? null : new(parsed.GetValue(peerScript)!.FullName, count);
    new CpuSuite(count, parsed.GetValue(seconds), parsed.GetValue(rounds), peer).Run(parsed.GetValue(operation), parsed.GetValue(json)!.FullName);
});

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

try
{
    return new RootCommand("DoRA's benchmarks.") { cpu, kernels }.Parse(args).Invoke(new() { EnableDefaultExceptionHandler = false });
}
catch (UserException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
