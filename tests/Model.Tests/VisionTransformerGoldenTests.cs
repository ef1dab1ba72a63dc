using DoRA.Autograd;
using DoRA.Kernels;
using DoRA.References;

namespace DoRA.Model.Tests;

[Category(Golden.Category)]
[TestFixture(Engine.Cpu)]
[TestFixture(Engine.CudaOnPtxMachine)]
public sealed class VisionTransformerGoldenTests(Engine engine)
{
    private const string File = "vit_small";

    private static IEnumerable<string> Sizes()
    {
        using GoldenFile golden = Golden.Open(File);
        const string tensor = "/image";
        IEnumerable<string> names = golden.Names.Where(name => name.EndsWith(tensor, StringComparison.Ordinal) && name != "gradient/image");
        return [.. names.Select(name => name[..^tensor.Length])];
    }

    [TestCaseSource(nameof(Sizes))]
    public void Forward_gives_the_authors_tokens_queries_keys_and_attention(string size)
    {
        using GoldenFile golden = Golden.Open(File);
        using TestBench bench = new(engine);
        VisionTransformer backbone = Backbone(bench, golden);
        using Tape.NoGradScope scope = bench.Tape.NoGrad();

        VisionFeatures features = backbone.Forward(bench.Tape, Images(bench, golden, $"{size}/image"));

        int heads = backbone.Configuration.Heads;
        float[] query = features.ByHead(bench, heads, 0);
        float[] key = features.ByHead(bench, heads, 1);
        golden.Check($"{size}/tokens", bench.Download(features.Tokens.Data));
        golden.Check($"{size}/query", query);
        golden.Check($"{size}/key", key);
        float[] attention = AttentionOf(query, key, features.Tokens.Shape, heads);
        golden.Check($"{size}/attention", attention);

        // The engine's own rows in their place: those of the CLS token.
        int tokens = features.Tokens.Shape[1];
        float[] clsAttention = bench.Download(features.ClsAttention);
        for (int row = 0; row < clsAttention.Length / tokens; row++)
        {
            clsAttention.AsSpan(row * tokens, tokens).CopyTo(attention.AsSpan(row * tokens * tokens));
        }

        golden.Check($"{size}/attention", attention);
    }

    [Test]
    public void Backward_gives_every_gradient_of_the_authors()
    {
        using GoldenFile golden = Golden.Open(File);
        using TestBench bench = new(engine);
        ParameterStore store = bench.Store();
        VisionTransformer backbone = Backbone(bench, golden, store);

        VisionFeatures features = backbone.Forward(bench.Tape, Images(bench, golden, GradientSize(golden)));
        bench.Tape.Backward(features.Tokens, bench.Upload(golden.Floats("gradient/upstream")));

        foreach (Parameter parameter in store.Parameters)
        {
            golden.Check($"gradient/{parameter.Name}", bench.Download(parameter.Gradient));
        }
    }

    /// <summary>
    /// The engine never forms the pixels' gradient; it is the patch embeddings' gradient times the projection, here in double.
    /// </summary>
    [Test]
    public void The_embeddings_gradient_gives_the_authors_gradient_of_the_image()
    {
        using GoldenFile golden = Golden.Open(File);
        using TestBench bench = new(engine);
        VisionTransformer backbone = Backbone(bench, golden);
        ImageBatch images = Images(bench, golden, GradientSize(golden));
        Tensor embeddings = backbone.Embed(bench.Tape, images);
        Tensor variable = Tape.Variable(bench.Upload(bench.Download(embeddings.Data)), [.. embeddings.Shape]);
        bench.Tape.Reset();

        VisionFeatures features = backbone.ForwardTokens(bench.Tape, backbone.Assemble(bench.Tape, variable, images));
        bench.Tape.Backward(features.Tokens, bench.Upload(golden.Floats("gradient/upstream")));

        float[] gradient = PixelGradient(
            bench.Download(variable.Gradient), golden.Doubles("weight/patch_embed.proj.weight"), images, backbone.Configuration);
        golden.Check("gradient/image", gradient);
    }

    private static VisionTransformer Backbone(TestBench bench, GoldenFile golden, ParameterStore? store = null)
    {
        store ??= bench.Store();
        VisionTransformer backbone = new(store, "", golden.BackboneConfiguration());
        store.Allocate(withGradients: true);
        store.Load(golden, "weight/");
        return backbone;
    }

    private static ImageBatch Images(TestBench bench, GoldenFile golden, string tensor)
    {
        int[] shape = golden.Shape(tensor);
        return new(bench.Upload(golden.Floats(tensor)), shape[0], shape[2], shape[3]);
    }

    private static string GradientSize(GoldenFile golden)
    {
        int[] shape = golden.Shape("gradient/image");
        return Sizes().Select(size => $"{size}/image").Single(name => golden.Shape(name).SequenceEqual(shape));
    }

    /// <summary>softmax(Q Kᵀ/√headDim) in double, [images, heads, tokens, tokens].</summary>
    private static float[] AttentionOf(float[] query, float[] key, IReadOnlyList<int> shape, int heads)
    {
        int tokens = shape[1], headDim = shape[2] / heads;
        float[] attention = new float[shape[0] * heads * tokens * tokens];
        for (int row = 0; row < attention.Length / tokens; row++)
        {
            int firstKey = row / tokens * tokens;
            double[] scores = new double[tokens];
            for (int j = 0; j < tokens; j++)
            {
                for (int c = 0; c < headDim; c++)
                {
                    scores[j] += (double)query[(row * headDim) + c] * key[((firstKey + j) * headDim) + c];
                }

                scores[j] /= Math.Sqrt(headDim);
            }

            double maximum = scores.Max(), sum = scores.Sum(score => Math.Exp(score - maximum));
            for (int j = 0; j < tokens; j++)
            {
                attention[(row * tokens) + j] = (float)(Math.Exp(scores[j] - maximum) / sum);
            }
        }

        return attention;
    }

    private static float[] PixelGradient(
        float[] embeddingGradient, double[] weight, ImageBatch images, VisionTransformerConfiguration sizes)
    {
        (int rows, int columns) = sizes.GridOf(images.Height, images.Width);
        float[] gradient = new float[images.Count * images.ImageLength];
        for (int i = 0; i < gradient.Length; i++)
        {
            int x = i % images.Width;
            int y = i / images.Width % images.Height;
            int channel = i / images.Width / images.Height % 3;
            int image = i / (int)images.ImageLength;
            int patch = (((image * rows) + (y / sizes.Patch)) * columns) + (x / sizes.Patch);
            int input = (((channel * sizes.Patch) + (y % sizes.Patch)) * sizes.Patch) + (x % sizes.Patch);
            double sum = 0;
            for (int c = 0; c < sizes.Width; c++)
            {
                sum += embeddingGradient[(patch * sizes.Width) + c] * weight[(c * 3 * sizes.Patch * sizes.Patch) + input];
            }

            gradient[i] = (float)sum;
        }

        return gradient;
    }
}
