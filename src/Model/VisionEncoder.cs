using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Kernels.Augment;
using DoRA.Model.Files;

namespace DoRA.Model;

/// <summary>A trained backbone for use: pictures in, CLS and patch tokens out.</summary>
public sealed class VisionEncoder : IDisposable
{
    /// <summary>
    /// The metadata of a file which says the number of attention heads; without it a head is taken to be 64 wide, as in all usual sizes.
    /// </summary>
    public const string HeadsKey = "heads";

    private const int UsualHeadDim = 64;

    /// <summary>
    /// Where a backbone's tensors may lie in a file, the most wanted first: a run's checkpoint, a network, a bare backbone.
    /// </summary>
    private static readonly string[] Prefixes = ["teacher/backbone.", "backbone.", ""];

    private readonly ParameterStore _parameters;
    private readonly Arena _arena;
    private readonly Tape _tape;
    private readonly Device? _ownDevice;

    private VisionEncoder(Device device, Device? ownDevice, VisionTransformerConfiguration configuration)
    {
        _ownDevice = ownDevice;
        _parameters = new(device);
        Backbone = new(_parameters, "", configuration);
        _parameters.Allocate(withGradients: false);
        _arena = new(device);
        _tape = new(_arena);
    }

    public VisionTransformer Backbone { get; }

    public VisionTransformerConfiguration Configuration => Backbone.Configuration;

    /// <summary>Reads a safetensors file: a backbone, a network, or a run's checkpoint, whose teacher is taken.</summary>
    /// <param name="device">Where to run; absent takes the CPU.</param>
    /// <exception cref="UserException">The file is missing, damaged, or holds no backbone.</exception>
    public static VisionEncoder Load(string path, Device? device = null)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        string prefix = Prefixes.FirstOrDefault(candidate => file.Tensors.ContainsKey(candidate + "cls_token"))
            ?? throw new UserException($"{path} holds no cls_token, so no vision transformer; give weights that DoRA or DINO wrote.");
        VisionTransformerConfiguration configuration = ConfigurationOf(file, prefix);
        Device? own = device is null ? new CpuDevice() : null;
        VisionEncoder encoder = new(device ?? own!, own, configuration);
        encoder.Read(file, prefix);
        return encoder;
    }

    /// <summary>Encodes one picture.</summary>
    /// <param name="rgb">[height, width, 3] bytes.</param>
    /// <exception cref="UserException">The sides are not multiples of the patch.</exception>
    /// <exception cref="ArgumentException">The span is not of that size.</exception>
    public ImageTokens Encode(ReadOnlySpan<byte> rgb, int height, int width)
    {
        (int rows, int columns) = Configuration.GridOf(height, width);
        if (rgb.Length != 3 * height * width)
        {
            throw new ArgumentException($"{rgb.Length} bytes are no picture of {width}×{height} pixels with 3 channels.", nameof(rgb));
        }

        _tape.Reset();
        using Tape.NoGradScope scope = _tape.NoGrad();
        DeviceSpan pixels = _arena.Rent(rgb.Length, ElementType.Float32);
        _arena.Device.Upload<float>(pixels, Normalize(rgb, height * width));
        float[] tokens = new float[(1 + (rows * columns)) * Configuration.Width];
        _arena.Device.Download<float>(tokens, Backbone.Forward(_tape, new(pixels, 1, height, width)).Tokens.Data);
        return new(tokens[..Configuration.Width], tokens[Configuration.Width..], rows, columns);
    }

    public void Dispose()
    {
        _arena.Dispose();
        _parameters.Dispose();
        _ownDevice?.Dispose();
    }

    private static VisionTransformerConfiguration ConfigurationOf(SafetensorsFile file, string prefix)
    {
        IReadOnlyList<int> projection = file.Entry($"{prefix}patch_embed.proj.weight").Shape;
        IReadOnlyList<int> position = file.Entry($"{prefix}pos_embed").Shape;
        int depth = 0;
        while (file.Tensors.ContainsKey($"{prefix}blocks.{depth}.norm1.weight"))
        {
            depth++;
        }

        if (projection.Count != 4 || position.Count != 3)
        {
            throw new UserException(
                $"{file.Path} has a patch projection or position embedding of an unknown shape; give weights that DoRA or DINO wrote.");
        }

        int grid = (int)Math.Round(Math.Sqrt(position[1] - 1));
        bool isStated = int.TryParse(file.Metadata.GetValueOrDefault(HeadsKey), out int heads);
        heads = isStated ? heads : projection[0] / UsualHeadDim;
        return new(projection[0], depth, heads, projection[3], grid * projection[3]);
    }

    private static float[] Normalize(ReadOnlySpan<byte> rgb, int pixels)
    {
        float[] planes = new float[rgb.Length];
        for (int i = 0; i < rgb.Length; i++)
        {
            int channel = i % 3;
            planes[(channel * pixels) + (i / 3)] = ((rgb[i] / 255f) - AugmentKernels.Mean[channel]) / AugmentKernels.StandardDeviation[channel];
        }

        return planes;
    }

    private void Read(SafetensorsFile file, string prefix)
    {
        foreach (Parameter parameter in _parameters.Parameters)
        {
            float[] values = new float[parameter.Length];
            file.Read(prefix + parameter.Name, values);
            _parameters.Device.Upload<float>(parameter.Data, values);
        }
    }
}
