using System.CommandLine;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Export;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Runs;

namespace DoRA.Pipeline.Cli;

/// <summary><c>export RUN|WEIGHTS</c>: the encoder in a form that other programs read.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> source = new("RUN|WEIGHTS") { Description = $"The encoder: {EncoderOptions.Sources}." };
        Option<string> format = new("--format")
        {
            HelpName = "safetensors|onnx",
            Description = "Weights under the names of timm and DINO, or a whole model.",
            DefaultValueFactory = _ => "safetensors",
        };
        Option<string?> target = new("--output") { HelpName = "FILE", Description = "Where to write; default the source's name, here." };
        Option<int> size = new("--size") { HelpName = "N", Description = "ONNX: side of the pictures in pixels; default what the encoder was made for." };
        EncoderOptions encoder = new();
        Option<bool> json = new("--json") { Description = "Results as JSON." };
        Option<bool> verbose = new("--verbose") { Description = "Says where an error came from." };
        Command command = new(
            "export", "Writes an encoder for other programs to use.\nExample: dora export runs/walk --format onnx --output walk.onnx")
        {
            source, format, target, size,
        };
        encoder.AddTo(command);
        command.Add(json);
        command.Add(verbose);
        command.SetAction(parsed =>
        {
            string kind = parsed.GetRequiredValue(format);
            if (kind is not ("safetensors" or "onnx"))
            {
                throw new UserException($"--format is {kind}; give safetensors or onnx.");
            }

            string from = parsed.GetRequiredValue(source);
            string path = parsed.GetValue(target) ?? Path.ChangeExtension(Path.GetFileName(Path.GetFullPath(from).TrimEnd('/', '\\')), kind);
            OutputPath.RequireFree(path);
            using CpuDevice device = new();
            using FrozenEncoder opened = EncoderFile.Open(device, encoder.Choice(parsed, from), out EncoderDescription description);
            ExportCheck? check = Write(kind, path, opened, parsed.GetValue(size));
            terminal.Say(check is null
                ? "Names are those of timm and DINO."
                : $"Checked against the engine before it was written: no number differs by more than {check.Error:g2} (rounding allows {check.Tolerance:g2}).");
            terminal.Result(parsed.GetValue(json)
                ? ResultJson.Of(new { file = path, format = kind, bytes = new FileInfo(path).Length, encoder = description, check })
                : path);
            return ExitCode.Done;
        });
        return command;
    }

    private static ExportCheck? Write(string kind, string path, FrozenEncoder encoder, int size)
    {
        if (kind == "onnx")
        {
            int side = size > 0 ? size : encoder.Configuration.ImageSize;
            return OnnxExport.Write(path, encoder, side, side);
        }

        SafetensorsExport.Write(path, encoder);
        return null;
    }
}
