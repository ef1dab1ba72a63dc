using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Files;

namespace DoRA.Pipeline.Export;

/// <summary>Writes a bare backbone under the names of timm and DINO.</summary>
public static class SafetensorsExport
{
    /// <returns>The tensors written.</returns>
    public static int Write(string path, FrozenEncoder encoder)
    {
        Dictionary<string, TensorContent> tensors = encoder.Weights().ToDictionary(pair => pair.Key, TensorContent (pair) => pair.Value);
        Dictionary<string, string> metadata = new() { ["format"] = "pt", [VisionEncoder.HeadsKey] = $"{encoder.Configuration.Heads}" };
        AtomicFile.Write(path, stream => SafetensorsWriter.Write(stream, tensors, metadata));
        return tensors.Count;
    }
}
