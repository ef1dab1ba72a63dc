using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Cli;

/// <summary><c>import FILE.pth</c>: an official checkpoint's weights as safetensors.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> file = new("FILE.pth") { Description = "A checkpoint of DINO or DoRA as PyTorch writes it, or a network's state dict." };
        Option<string?> target = new("--output") { HelpName = "FILE", Description = "Where to write; default the same name, .safetensors." };
        Option<bool> json = new("--json") { Description = "Results as JSON." };
        Option<bool> verbose = new("--verbose") { Description = "Says where an error came from." };
        Command command = new(
            "import", "Writes the weights of a PyTorch file as safetensors, running nothing of it.\nExample: dora import dora_vits16.pth")
        {
            file, target, json, verbose,
        };
        command.SetAction(parsed =>
        {
            string source = parsed.GetRequiredValue(file);
            string path = parsed.GetValue(target) ?? Path.ChangeExtension(source, ".safetensors");
            OutputPath.RequireFree(path);
            ImportedCheckpoint checkpoint = ImportedCheckpoint.Load(source);
            checkpoint.WriteWeights(path);
            long parameters = checkpoint.Weights.Values.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
            terminal.Result(parsed.GetValue(json)
                ? ResultJson.Of(new { file = path, tensors = checkpoint.Weights.Count, parameters, epoch = checkpoint.Epoch })
                : path);
            terminal.Say($"{checkpoint.Weights.Count} tensors, {parameters:n0} parameters.");
            return ExitCode.Done;
        });
        return command;
    }
}
