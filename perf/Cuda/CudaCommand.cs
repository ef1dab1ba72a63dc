using System.CommandLine;
using System.Text.Json;
using DoRA.Kernels;
using DoRA.Pipeline.Doctor;

namespace DoRA.Perf.Cuda;

/// <summary><c>cuda</c>: the CUDA engine on a card.</summary>
internal static class CudaCommand
{
    private const string Folder = "perf/results";

    public static Command Create()
    {
        Option<int> card = new("--card") { HelpName = "N", Description = "Which card, from 0." };
        Option<bool> float32 = new("--fp32") { Description = "Store activations in float32 instead of bfloat16." };
        Option<bool> onMachine = new("--on-machine") { Description = "Without a card: run on the PTX machine, to try this command. Its times mean nothing." };
        Option<string?> operation = new("--op") { HelpName = "NAME", Description = "Only operations with this in their names, and no steps." };
        Option<FileInfo?> peerScript = new("--peer-script") { Description = "Time PyTorch beside, by this script (see perf/Peer.cs for what it takes and prints)." };
        Option<int> repeats = new("--repeats") { HelpName = "N", Description = "Runs of each operation that must give the same bits.", DefaultValueFactory = _ => 100 };
        Option<double> seconds = new("--seconds") { HelpName = "S", Description = "Measuring time of an operation.", DefaultValueFactory = _ => 0.3 };
        Option<FileInfo?> json = new("--json") { HelpName = "FILE", Description = $"Where results are written; default {Folder}/CARD/cuda.json." };
        Command command = new("cuda", "Every operation on a card: right, repeatable, how fast; the PTX machine's results against the card's; whole steps.")
        {
            card, float32, onMachine, operation, peerScript, repeats, seconds, json,
        };
        command.SetAction(parsed =>
        {
            ElementType activations = parsed.GetValue(float32) ? ElementType.Float32 : ElementType.BFloat16;
            using PtxMachine.Machine? machine = parsed.GetValue(onMachine) ? new(new() { Checks = false }) : null;
            using CudaDevice device = machine is null ? CudaDevice.Open(parsed.GetValue(card), activations) : new(machine, "PTX machine", activations);
            string? name = parsed.GetValue(operation);
            OperationCheck[] checks = [.. OperationCheck.All.Where(check => name is null || check.Name.Contains(name, StringComparison.OrdinalIgnoreCase))];
            if (checks.Length == 0)
            {
                throw new UserException($"--op {name} names none of {string.Join("; ", OperationCheck.All.Select(check => check.Name))}.");
            }

            string file = parsed.GetValue(json)?.FullName ?? Path.Combine(Folder, Slug(device), "cuda.json");
            CudaSuite suite = new(device, machine is not null, parsed.GetValue(seconds), parsed.GetValue(peerScript)?.FullName);
            CudaResults results = suite.Run(checks, parsed.GetValue(repeats), withSteps: name is null && machine is null);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            File.WriteAllText(file, JsonSerializer.Serialize(results, CpuSuite.Json));
            return results.IsRight ? 0 : 1;
        });
        return command;
    }

    private static string Slug(CudaDevice device) => string.Concat((CudaSuite.CardOf(device)?.Name ?? device.Name.Split(',')[0])
        .ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'));
}
