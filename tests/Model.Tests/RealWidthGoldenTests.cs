using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.References;

namespace DoRA.Model.Tests;

/// <summary>A backbone of a real width, its weights by formula.</summary>
[Category(Golden.Category)]
public sealed class RealWidthGoldenTests
{
    private const string File = "vit_real";

    private static IEnumerable<string> Sizes()
    {
        using GoldenFile golden = Golden.Open(File);
        const string tensor = "/tokens";
        IEnumerable<string> names = golden.Names.Where(name => name.EndsWith(tensor, StringComparison.Ordinal));
        return [.. names.Select(name => name[..^tensor.Length])];
    }

    [Test]
    public void The_formula_gives_the_manifests_first_values()
    {
        using GoldenFile golden = Golden.Open(File);
        float[] expected = [.. golden.Section.GetProperty("formulaCheck").EnumerateArray().Select(value => (float)value.GetDouble())];
        Assert.That(FormulaWeights.Of("check", expected.Length, 1), Is.EqualTo(expected));
    }

    [TestCaseSource(nameof(Sizes))]
    public void Forward_gives_the_authors_tokens_and_attention(string size)
    {
        using GoldenFile golden = Golden.Open(File);
        using TestBench bench = new();
        VisionTransformer backbone = Backbone(bench, bench.Store(), golden);
        using Tape.NoGradScope scope = bench.Tape.NoGrad();

        VisionFeatures features = backbone.Forward(bench.Tape, Images(bench, golden, size));

        golden.Check($"{size}/tokens", bench.Download(features.Tokens.Data));
        golden.Check($"{size}/clsAttention", bench.Download(features.ClsAttention));
        foreach ((string name, int which) in new[] { ("query", 0), ("key", 1) })
        {
            if (golden.Contains($"{size}/{name}"))
            {
                golden.Check($"{size}/{name}", features.ByHead(bench, backbone.Configuration.Heads, which));
            }
        }
    }

    [Test]
    public void Backward_gives_the_authors_gradients_of_the_CLS_token()
    {
        using GoldenFile golden = Golden.Open(File);
        using TestBench bench = new();
        ParameterStore store = bench.Store();
        VisionTransformer backbone = Backbone(bench, store, golden);
        ImageBatch images = Images(bench, golden, Sizes().Single(size => golden.Contains($"{size}/query")));

        Tensor cls = backbone.ForwardCls(bench.Tape, backbone.Assemble(bench.Tape, backbone.Embed(bench.Tape, images), images));
        bench.Tape.Backward(cls, bench.Upload(FormulaWeights.Of("upstream", cls.Length, 1)));

        foreach (Parameter parameter in store.Parameters)
        {
            float[] gradient = bench.Download(parameter.Gradient);
            float norm = (float)Math.Sqrt(gradient.Sum(value => (double)value * value));
            golden.Check($"gradientNorm/{parameter.Name}", [norm]);
            if (golden.Contains($"gradient/{parameter.Name}"))
            {
                golden.Check($"gradient/{parameter.Name}", gradient);
            }
        }
    }

    private static VisionTransformer Backbone(TestBench bench, ParameterStore store, GoldenFile golden)
    {
        VisionTransformer backbone = new(store, "", golden.BackboneConfiguration());
        store.Allocate(withGradients: true);
        foreach (Parameter parameter in store.Parameters)
        {
            bench.Device.Upload<float>(parameter.Data, FormulaWeights.OfParameter(parameter.Name, parameter.Length, parameter.Shape.Count));
        }

        return backbone;
    }

    private static ImageBatch Images(TestBench bench, GoldenFile golden, string size)
    {
        int[] sides = [.. size.Split('x').Select(int.Parse)];
        ImageBatch images = new(default, golden.Shape($"{size}/tokens")[0], sides[0], sides[1]);
        return images with { Pixels = bench.Upload(FormulaWeights.Of($"image/{size}", images.Count * images.ImageLength, 2)) };
    }
}
