using System.CommandLine;
using DoRA.Kernels;

namespace DoRA.Perf;

/// <summary><c>cpu</c>: the CPU engine's operations and whole steps.</summary>
internal static class CpuCommand
{
    public const string Folder = "perf/results/cpu";

    /// <summary>Where the peer's script lies beside this project, if it does.</summary>
    private const string UsualPeerScript = "../shared/peers/bench_torch.py";

    public static Command Create()
    {
        Option<string?> operation = new("--op") { HelpName = "NAME", Description = $"Only this operation: {string.Join(", ", Benchmark.All.Select(benchmark => benchmark.Operation))}, or what stands before the slash." };
        Option<string?> peerName = new("--peer") { Description = "Time a peer beside ours: torch." };
        Option<FileInfo> peerScript = new("--peer-script")
        {
            Description = "The script that times the peer (see perf/Peer.cs for what it takes and prints).", DefaultValueFactory = _ => new(UsualPeerScript),
        };
        Option<FileInfo?> json = new("--json") { HelpName = "FILE", Description = $"Where results are written; default {Folder}/NAME.json, NAME being the operation or `all`." };
        Option<int> threads = new("--threads") { HelpName = "N", Description = "Threads; 0 for one per processor." };
        Option<double> seconds = new("--seconds") { HelpName = "S", Description = "Measuring time of one case in one round.", DefaultValueFactory = _ => 0.5 };
        Option<int> rounds = new("--rounds") { HelpName = "N", Description = "Rounds in which ours and the peer alternate.", DefaultValueFactory = _ => 2 };
        Option<bool> widths = new("--widths") { Description = "Compare vectors of 512, 256 and 128 bits instead, each in a process of its own." };
        peerName.AcceptOnlyFromAmong("torch");
        Command command = new("cpu", "Times every operation of the CPU engine, forward and backward, and whole steps.")
        {
            operation, peerName, peerScript, json, threads, seconds, rounds, widths,
        };
        command.SetAction(parsed =>
        {
            string? name = parsed.GetValue(operation);
            int count = parsed.GetValue(threads) is 0 ? Environment.ProcessorCount : parsed.GetValue(threads);
            FileInfo script = parsed.GetValue(peerScript)!;
            if (parsed.GetValue(peerName) is not null && !script.Exists)
            {
                throw new UserException($"There is no script {script}; give with --peer-script the path of the one that times the peer.");
            }

            string Default(string label) => Path.Combine(Folder, $"{label}.json");
            string file = parsed.GetValue(json)?.FullName ?? Default((name ?? "all").Replace('/', '-') + (parsed.GetValue(widths) ? "-widths" : ""));
            if (parsed.GetValue(widths))
            {
                new WidthSuite(count, parsed.GetValue(seconds), parsed.GetValue(rounds)).Run(name, file);
                return;
            }

            Peer? peer = parsed.GetValue(peerName) is null ? null : new(script.FullName, count);
            new CpuSuite(count, parsed.GetValue(seconds), parsed.GetValue(rounds), peer).Run(name, file);
        });
        return command;
    }

    /// <summary>Runs one case once, so that its process's memory can be looked at.</summary>
    public static Command CreateOnce()
    {
        Argument<string> name = new("CASE");
        Option<int> threads = new("--threads");
        Command command = new("once", "Runs one case once.") { name, threads };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            using CpuDevice device = new(parsed.GetValue(threads));
            Benchmark benchmark = Benchmark.All.Single(benchmark => benchmark.Operation == parsed.GetRequiredValue(name));
            foreach (BenchmarkCase item in benchmark.Cases(device))
            {
                item.Run();
                item.Run();
            }
        });
        return command;
    }
}
