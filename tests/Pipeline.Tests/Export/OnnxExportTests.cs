using System.Runtime.InteropServices;
using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Export;
using DoRA.Pipeline.Export.Onnx;
using DoRA.Pipeline.Tests.Runs;
using DoRA.References;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace DoRA.Pipeline.Tests.Export;

/// <summary>Exported models run by ONNX Runtime, beside the engine and the authors' numbers.</summary>
public class OnnxExportTests
{
    private static IEnumerable<string> GoldenSizes()
    {
        using GoldenFile golden = Golden.Open("vit_small");
        return [.. golden.Names.Where(name => name.EndsWith("/image", StringComparison.Ordinal) && name != "gradient/image").Select(name => name[..^6])];
    }

    [TestCaseSource(nameof(GoldenSizes))]
    [Category(Golden.Category)]
    public void Onnx_Runtime_gives_the_authors_tokens(string size)
    {
        using TemporaryFolder folder = new();
        using GoldenFile golden = Golden.Open("vit_small");
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = EncoderFiles.Open(device, EncoderFiles.OfGolden(folder.File("weights.safetensors"), golden));
        int[] shape = golden.Shape($"{size}/image");

        OnnxExport.Write(folder.File("model.onnx"), encoder, shape[2], shape[3]);
        float[] tokens = Run(folder.File("model.onnx"), golden.Floats($"{size}/image"), shape);

        Assert.That(golden.Compare($"{size}/tokens", tokens).Passes);
    }

    [TestCase(1)]
    [TestCase(3)]
    public void Onnx_Runtime_gives_the_engines_tokens_at_any_batch(int batch)
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = EncoderFiles.Open(device, EncoderFiles.Random(folder.File("weights.safetensors"), new(96, 3, 3, 8, 32)));
        const int height = 40, width = 56;
        float[] pictures = [.. Enumerable.Range(0, batch * 3 * height * width).Select(i => MathF.Sin(i * 0.37f) * 2)];

        ExportCheck check = OnnxExport.Write(folder.File("model.onnx"), encoder, height, width);
        float[] tokens = Run(folder.File("model.onnx"), pictures, [batch, 3, height, width]);

        // Each of the two may be as far from the truth as the check allows one float32 evaluation of these weights to be.
        float[] engine = encoder.Tokens(pictures, batch, height, width);
        double error = engine.Zip(tokens, (a, b) => (double)MathF.Abs(a - b)).Aggregate(0.0, Math.Max);
        Assert.That(tokens, Has.Length.EqualTo(engine.Length));
        Assert.That(error <= 2 * check.Tolerance, $"{error} > 2 × {check.Tolerance}");
        Assert.That(check.Tolerance, Is.LessThan(1e-4), "tokens of size 1 in float32: a tolerance this large would let mistakes pass");
    }

    /// <summary>Mistakes of an exporter, one at a time; the check must see each.</summary>
    [TestCase("attention.scale")]
    [TestCase("gelu.half")]
    [TestCase("gelu.root_two")]
    [TestCase("cls_token_and_pos_embed")]
    [TestCase("blocks.2.attn.qkv.bias")]
    [TestCase("blocks.0.mlp.fc1.weight.transposed")]
    public void A_number_that_is_one_in_a_thousand_off_is_found(string constant)
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = EncoderFiles.Open(device, EncoderFiles.OfGolden(folder.File("weights.safetensors"), Golden.Open("vit_small")));
        ModelProto model = OnnxVisionTransformer.Build(encoder, 64, 64);
        TensorProto tensor = model.Graph.Initializer.Single(initializer => initializer.Name == constant);
        float[] values = [.. MemoryMarshal.Cast<byte, float>(tensor.RawData.Span)];

        // Of qkv's bias the values' third: what the keys' adds to a row of scores softmax takes out again.
        int start = constant.EndsWith("qkv.bias", StringComparison.Ordinal) ? values.Length / 3 * 2 : 0;
        int largest = Array.IndexOf(values, values[start..].MaxBy(MathF.Abs), start);
        values[largest] *= 1.001f;
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));

        Assert.That(() => OnnxExport.Check(model, encoder, 64, 64), Throws.TypeOf<ExportException>().With.Message.Contains("differs from the engine"));
    }

    [Test]
    public void Weights_that_are_no_numbers_leave_nothing_behind()
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = EncoderFiles.Open(device, EncoderFiles.Random(folder.File("weights.safetensors"), new(24, 1, 3, 4, 16)));
        device.Upload<float>(encoder.Parameters.Parameters[^1].Data, [.. Enumerable.Repeat(float.NaN, 24)]);

        Assert.That(() => OnnxExport.Write(folder.File("model.onnx"), encoder, 16, 16), Throws.TypeOf<ExportException>());
        Assert.That(Directory.GetFiles(folder.Path).Select(Path.GetFileName), Is.All.EqualTo("weights.safetensors"));
    }

    /// <summary>All tokens, the CLS token first, as the engine lays them out.</summary>
    private static float[] Run(string model, float[] pictures, int[] shape)
    {
        using InferenceSession session = new(model);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs =
            session.Run([NamedOnnxValue.CreateFromTensor("image", new DenseTensor<float>(pictures, shape))]);
        float[] cls = Values("cls"), patches = Values("patches");
        return [.. cls.Chunk(cls.Length / shape[0]).Zip(patches.Chunk(patches.Length / shape[0]), (a, b) => a.Concat(b)).SelectMany(tokens => tokens)];

        float[] Values(string name) => [.. outputs.Single(output => output.Name == name).AsEnumerable<float>()];
    }
}
