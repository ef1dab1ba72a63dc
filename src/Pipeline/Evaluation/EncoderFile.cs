using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Model;
using DoRA.Model.Files;
using DoRA.Pipeline.Configuration;
using DoRA.Pipeline.Files;
using DoRA.Pipeline.Training;
using DoRA.Pipeline.Video;

namespace DoRA.Pipeline.Evaluation;

/// <summary>Opens the backbone of a run or of a file of weights.</summary>
public static class EncoderFile
{
    private const string ConfigurationKey = "configuration";
    private const int UsualHeadDim = 64;

    /// <param name="description">What a receipt says of the encoder.</param>
    /// <exception cref="UserException">There is no such run or file, or it holds no backbone of a vision transformer.</exception>
    public static FrozenEncoder Open(Device device, EncoderChoice choice, out EncoderDescription description)
    {
        string path = Directory.Exists(choice.Path) ? Latest(choice.Path) : choice.Path;
        string hash = File.Exists(path)
            ? VideoHash.Sha256(path)
            : throw new UserException(
                $"There are no weights {choice.Path}; --weights takes a run's folder, a checkpoint, or a file of weights.");
        FrozenEncoder encoder = Path.GetExtension(path) == ".safetensors" ? OpenSafetensors(device, choice, path)
            : OpenTorch(device, choice, path);
        description = new(
            choice.Path, hash, choice.IsUntrained ? "untrained" : $"{choice.Network}".ToLowerInvariant(),
            encoder.Width, encoder.Configuration.Depth, encoder.Configuration.Heads, encoder.Configuration.Patch);
        return encoder;
    }

    private static string Latest(string run)
    {
        CheckpointFolder checkpoints = new(run);
        return File.Exists(checkpoints.Latest)
            ? checkpoints.Latest
            : throw new UserException(
                $"{run} is no run's folder: it has no checkpoints/latest.safetensors; give one that pretrain made, or a file of weights.");
    }

    private static FrozenEncoder OpenSafetensors(Device device, EncoderChoice choice, string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.TryGetValue(ConfigurationKey, out string? yaml))
        {
            NetworkConfiguration network = Configuration(yaml, out ulong seed);
            FrozenEncoder encoder = new(device, network.Backbone, Network.BackbonePrefix, network.Initialisation);
            if (choice.IsUntrained)
            {
                encoder.Parameters.Initialise(seed);
                return encoder;
            }

            string prefix = choice.Network == EncoderNetwork.Student ? "student/" : "teacher/";
            Fill(encoder, path, name => file.Tensors.ContainsKey(prefix + name) ? file.Read(prefix + name) : null);
            return encoder;
        }

        int stated = file.Metadata.TryGetValue(VisionEncoder.HeadsKey, out string? text) && int.TryParse(text, out int number) ? number : 0;
        return OfWeights(
            device, choice with { Heads = choice.Heads > 0 ? choice.Heads : stated }, path,
            file.Tensors.Keys.ToDictionary(name => name, name => file.Entry(name).Shape), file.Read);
    }

    private static FrozenEncoder OpenTorch(Device device, EncoderChoice choice, string path)
    {
        ImportedCheckpoint checkpoint = ImportedCheckpoint.Load(path);
        IReadOnlyDictionary<string, HostTensor> weights = choice.Network == EncoderNetwork.Student
            ? checkpoint.Student ?? throw new UserException($"{path} holds no student; leave out --network student.")
            : checkpoint.Weights;
        return OfWeights(device, choice, path, weights.ToDictionary(pair => pair.Key, pair => pair.Value.Shape), name => weights[name]);
    }

    /// <summary>Sizes from the tensors' shapes; the heads, which no shape tells, from the option or by the usual width of a head.</summary>
    private static FrozenEncoder OfWeights(
        Device device, EncoderChoice choice, string path, Dictionary<string, IReadOnlyList<int>> shapes, Func<string, HostTensor> read)
    {
        string prefix = shapes.ContainsKey($"{Network.BackbonePrefix}cls_token") ? Network.BackbonePrefix : "";
        if (!shapes.TryGetValue($"{prefix}patch_embed.proj.weight", out IReadOnlyList<int>? patch) || patch.Count != 4
            || !shapes.TryGetValue($"{prefix}pos_embed", out IReadOnlyList<int>? position) || position.Count != 3)
        {
            throw new UserException(
                $"{path} holds no vision transformer: it has no patch_embed.proj.weight or no pos_embed; give weights of DINO or DoRA.");
        }

        int width = patch[0], depth = 0, grid = (int)Math.Round(Math.Sqrt(position[1] - 1));
        while (shapes.ContainsKey($"{prefix}blocks.{depth}.norm1.weight"))
        {
            depth++;
        }

        int heads = choice.Heads > 0 ? choice.Heads : Math.Max(1, width / UsualHeadDim);
        FrozenEncoder encoder = new(device, new(width, depth, heads, patch[2], grid * patch[2]), prefix);
        if (choice.IsUntrained)
        {
            encoder.Parameters.Initialise(seed: 0);
            return encoder;
        }

        Fill(encoder, path, name => shapes.ContainsKey(name) ? read(name) : null);
        return encoder;
    }

    private static void Fill(FrozenEncoder encoder, string path, Func<string, HostTensor?> read)
    {
        foreach (Parameter parameter in encoder.Parameters.Parameters)
        {
            HostTensor tensor = read(parameter.Name) ?? throw new UserException(
                $"{path} has no {parameter.Name}, so it is no whole backbone.");
            if (!tensor.Shape.SequenceEqual(parameter.Shape))
            {
                throw new UserException(
                    $"{path} has {parameter.Name} of shape [{string.Join(", ", tensor.Shape)}] where the rest asks for [{string.Join(", ", parameter.Shape)}].");
            }

            encoder.Device.Upload<float>(parameter.Data, tensor.Floats());
        }
    }

    private static NetworkConfiguration Configuration(string yaml, out ulong seed)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, yaml);
            Settings settings = SettingsResolver.Resolve(file).Settings;
            seed = (ulong)settings.Run.Seed;
            return TrainingRecipe.Configuration(settings).Network;
        }
        finally
        {
            File.Delete(file);
        }
    }
}

/// <summary>What a receipt says of the encoder.</summary>
/// <param name="Weights">The path that was given.</param>
/// <param name="Sha256">Of the file that was read.</param>
/// <param name="Network">teacher, student or untrained.</param>
public sealed record EncoderDescription(string Weights, string Sha256, string Network, int Width, int Depth, int Heads, int Patch);
