using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.Model.Files;

namespace DoRA.Model.Tests;

public sealed class VisionEncoderTests
{
    private static readonly VisionTransformerConfiguration Sizes = new(24, 2, 3, 4, 16);

    private string _path = "";

    [SetUp]
    public void NameFile() => _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [Test]
    public void Tokens_are_the_backbones([Values("", "backbone.", "teacher/backbone.")] string prefix)
    {
        using TestBench bench = new();
        ParameterStore store = bench.Store();
        VisionTransformer backbone = new(store, "", Sizes, LinearInitialisation.UniformFanIn);
        store.Allocate(withGradients: false);
        store.Initialise(1);
        Save(store, prefix, Sizes.Heads);
        const int height = 8, width = 12;
        byte[] rgb = new byte[3 * height * width];
        new Random(1).NextBytes(rgb);

        using VisionEncoder encoder = VisionEncoder.Load(_path);
        ImageTokens tokens = encoder.Encode(rgb, height, width);

        float[] mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f], pixels = new float[rgb.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int channel, int place) = (i / (height * width), i % (height * width));
            pixels[i] = ((rgb[(place * 3) + channel] / 255f) - mean[channel]) / deviation[channel];
        }

        float[] expected = bench.Download(backbone.Forward(bench.Tape, new(bench.Upload(pixels), 1, height, width)).Tokens.Data);
        Assert.That(encoder.Configuration, Is.EqualTo(Sizes));
        Assert.That((tokens.Rows, tokens.Columns), Is.EqualTo((2, 3)));
        Assert.That(tokens.Cls.Concat(tokens.Patches), Is.EqualTo(expected));
    }

    [Test]
    public void A_file_without_backbone_and_a_picture_of_another_size_are_refused()
    {
        SafetensorsWriter.Write(_path, new Dictionary<string, TensorContent> { ["other"] = HostTensor.Of(new float[2], 2) });
        Assert.That(() => VisionEncoder.Load(_path), Throws.TypeOf<UserException>().With.Message.Contains("cls_token"));

        using TestBench bench = new();
        ParameterStore store = bench.Store();
        _ = new VisionTransformer(store, "", Sizes);
        store.Allocate(withGradients: false);
        Save(store, "", Sizes.Heads);
        using VisionEncoder encoder = VisionEncoder.Load(_path);
        Assert.That(() => encoder.Encode(new byte[3 * 9 * 8], 9, 8), Throws.TypeOf<UserException>());
        Assert.That(() => encoder.Encode(new byte[3], 8, 8), Throws.ArgumentException);
    }

    private void Save(ParameterStore store, string prefix, int heads) => SafetensorsWriter.Write(_path,
        store.Parameters.ToDictionary(
            parameter => prefix + parameter.Name,
            parameter => (TensorContent)HostTensor.Of(store.Device.Read(parameter.Data), [.. parameter.Shape])),
        new Dictionary<string, string> { [VisionEncoder.HeadsKey] = $"{heads}" });
}
