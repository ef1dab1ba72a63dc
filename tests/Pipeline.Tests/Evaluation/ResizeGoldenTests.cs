using DoRA.Autograd;
using DoRA.Autograd.Ops;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Evaluation;

[Category(Golden.Category)]
public sealed class ResizeGoldenTests
{
    private const string File = "eval/resize";

    private static IEnumerable<string> Named(string prefix)
    {
        using GoldenFile golden = Golden.Open(File);
        return [.. golden.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
    }

    [TestCaseSource(nameof(Named), ["pil_"])]
    public void Pillow_is_met_to_the_byte(string tensor)
    {
        using GoldenFile golden = Golden.Open(File);
        PillowFilter filter = Enum.Parse<PillowFilter>(tensor.Split('_')[1], ignoreCase: true);
        golden.CheckExact(tensor, Source(golden).Resize(golden.Shape(tensor)[1], golden.Shape(tensor)[0], filter).Pixels);
    }

    [TestCaseSource(nameof(Named), ["cv2_"])]
    public void OpenCv_is_met_to_the_byte(string tensor)
    {
        using GoldenFile golden = Golden.Open(File);
        golden.CheckExact(tensor, Source(golden).ResizeOpenCv(golden.Shape(tensor)[1], golden.Shape(tensor)[0]).Pixels);
    }

    // The reference was computed in float32 and is up to 4e-6 off itself.
    [TestCaseSource(nameof(Named), ["torch_"])]
    public void Torch_is_met(string tensor)
    {
        using GoldenFile golden = Golden.Open(File);
        int[] from = golden.Shape("map"), to = golden.Shape(tensor);
        float[] map = golden.Floats("map");
        float[] resized = tensor.Contains("bicubic", StringComparison.Ordinal)
            ? TorchResize.Bicubic(map, from[0], from[1], from[2], to[1], to[2])
            : TorchResize.Bilinear(map, from[0], from[1], from[2], to[1], to[2]);
        golden.Check(tensor, resized, 2e-5);
    }

    /// <summary>A picture that cannot be cut into whole patches, as 64×70 by 8, is refused; evaluations pad or crop before.</summary>
    [TestCaseSource(nameof(Named), ["pos_"])]
    public void The_position_embedding_follows_the_picture(string tensor)
    {
        using GoldenFile golden = Golden.Open(File);
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        int[] size = [.. tensor["pos_".Length..].Split('x').Select(int.Parse)];
        int patch = encoder.Configuration.Patch;
        if (size.Any(side => side % patch != 0))
        {
            Assert.That(() => encoder.Cls(new float[3 * size[0] * size[1]], 1, size[0], size[1]),
                Throws.TypeOf<UserException>().With.Message.Contains($"patches of {patch}"));
            return;
        }

        using Arena arena = new(device);
        Tape tape = new(arena);
        using Tape.NoGradScope scope = tape.NoGrad();
        Tensor resized = PositionEmbeddingOp.Forward(
            tape, encoder.Parameters["pos_embed"], new(encoder.Configuration.Grid, size[0] / patch, size[1] / patch, encoder.Width));
        float[] values = new float[resized.Length];
        device.Download<float>(values, resized.Data);
        golden.Check(tensor, values, 5e-6);
    }

    private static RgbImage Source(GoldenFile golden) => new(golden.Shape("src")[1], golden.Shape("src")[0], golden.Bytes("src"));
}
