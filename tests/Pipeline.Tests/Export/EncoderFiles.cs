using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Evaluation;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Export;

/// <summary>Files of weights to take encoders from.</summary>
internal static class EncoderFiles
{
    /// <summary>A backbone with random weights.</summary>
    public static string Random(string path, VisionTransformerConfiguration sizes, ulong seed = 1)
    {
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = new(device, sizes, "", LinearInitialisation.UniformFanIn);
        encoder.Parameters.Initialise(seed);
        Write(path, encoder.Weights(), sizes.Heads);
        return path;
    }

    /// <summary>The authors' backbone of a golden file.</summary>
    public static string OfGolden(string path, GoldenFile golden)
    {
        const string prefix = "weight/";
        Write(
            path,
            golden.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(name => name[prefix.Length..], name => HostTensor.Of(golden.Floats(name), golden.Shape(name))),
            golden.Size("heads"));
        return path;
    }

    public static FrozenEncoder Open(CpuDevice device, string path) => EncoderFile.Open(device, new(path), out _);

    private static void Write(string path, Dictionary<string, HostTensor> tensors, int heads) => SafetensorsWriter.Write(
        path, tensors.ToDictionary(pair => pair.Key, TensorContent (pair) => pair.Value), new Dictionary<string, string> { [VisionEncoder.HeadsKey] = $"{heads}" });
}
