using CsCheck;
using DoRA.Kernels.TokenAssembly;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class TokenAssemblyTests
{
    private static readonly Gen<(int Frames, int Views, int Patches, int Width)> Sizes =
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int[1, 10], Gen.Int[1, 40]);

    [Test]
    public void Forward_agrees_with_the_reference() => Gen.Select(Sizes, Gen.Bool).Sample(
        (shape, masked) =>
        {
            Case given = new(shape, masked);
            using TestMemory memory = new();
            DeviceSpan tokens = memory.Output((long)given.Size.Views * given.Size.Tokens * given.Size.Embedding);
            memory.Kernels.TokenAssembly.Forward(
                tokens, memory.Upload(given.Embeddings), masked ? memory.Upload(given.Masks) : default,
                    masked ? memory.Upload(given.PatchBias) : default,
                memory.Upload(given.ClsToken), memory.Upload(given.Position), given.Size);

            // Three terms up to 1, five roundings.
            Agreement.Near("tokens", memory.Download(tokens), given.Reference(), 5 * 3 * Agreement.Rounding);
        },
        iter: 60, threads: 1);

    [Test]
    public void Backward_agrees_with_the_reference() => Gen.Select(Sizes, Gen.Bool, Gen.Bool).Sample(
        (shape, masked, accumulate) =>
        {
            Case given = new(shape, masked);
            TokenAssemblySize size = given.Size;
            int width = size.Embedding;
            float[] dTokens = new TestNumbers(5).Uniform(size.Views * size.Tokens * width),
                held = new TestNumbers(6).Uniform(size.Tokens * width);
            using TestMemory memory = new();
            DeviceSpan Destination(int length) => accumulate ? memory.Upload(held.AsSpan(0, length)) : memory.Output(length);
            DeviceSpan dEmbeddings = memory.Output(given.Embeddings.Length), dBias = masked ? Destination(width) : default,
                dCls = Destination(width), dPosition = Destination(size.Tokens * width);
            memory.Kernels.TokenAssembly.Backward(dEmbeddings, dBias, dCls, dPosition, memory.Upload(dTokens),
                masked ? memory.Upload(given.Masks) : default, size, accumulate);

            var expected = TokenAssemblyReference.Backward(Agreement.Wide(dTokens), Agreement.Wide(given.Masks), size.Frames,
                size.ViewsPerFrame, size.Patches, width);
            double[] Plus(double[] gradient) => accumulate ? [.. gradient.Zip(held, (a, b) => a + b)] : gradient;
            // Sums of up to so many terms up to 1, one after another.
            static double Error(int terms) => (terms + 2.0) * (terms + 2) * Agreement.Rounding;
            Agreement.Near("dEmbeddings", memory.Download(dEmbeddings), expected.DEmbeddings, Error(size.ViewsPerFrame));
            Agreement.Near("dCls", memory.Download(dCls), Plus(expected.DClsToken), Error(size.Views));
            Agreement.Near("dPosition", memory.Download(dPosition), Plus(expected.DPosition), Error(size.Views));
            if (masked)
            {
                Agreement.Near("dPatchBias", memory.Download(dBias), Plus(expected.DPatchBias), Error(size.Views * size.Patches));
            }
        },
        iter: 60, threads: 1);

    [Test]
    public void Hard_masks_choose_embedding_or_bias_to_the_last_bit()
    {
        Case given = new((2, 3, 7, 19), true);
        float[] masks = [.. given.Masks.Select(mask => mask < 0.5f ? 0f : 1f)];
        using TestMemory memory = new();
        DeviceSpan tokens = memory.Output((long)given.Size.Views * given.Size.Tokens * 19);
        memory.Kernels.TokenAssembly.Forward(
            tokens, memory.Upload(given.Embeddings), memory.Upload(masks), memory.Upload(given.PatchBias), memory.Upload(given.ClsToken),
                memory.Upload(new float[8 * 19]), given.Size);
        float[] actual = memory.Download(tokens);
        for (int i = 0; i < masks.Length * 19; i++)
        {
            (int view, int patch, int column) = (i / 19 / 7, i / 19 % 7, i % 19);
            float expected = masks[(view * 7) + patch] == 0 ? given.PatchBias[column]
                : given.Embeddings[((((view / 3) * 7) + patch) * 19) + column];
            Assert.That(actual[(((view * 8) + patch + 1) * 19) + column], Is.EqualTo(expected));
        }
    }

    [Test]
    public void The_reference_s_gradient_is_the_central_difference()
    {
        Case given = new((2, 2, 3, 3), true);
        TokenAssemblySize size = given.Size;
        double[] dTokens = Agreement.Wide(new TestNumbers(1).Uniform(size.Views * size.Tokens * size.Embedding));
        double[] embeddings = Agreement.Wide(given.Embeddings), masks = Agreement.Wide(given.Masks), bias = Agreement.Wide(given.PatchBias);
        double[] cls = Agreement.Wide(given.ClsToken), position = Agreement.Wide(given.Position);
        double Loss(double[] e, double[] b, double[] c, double[] p) =>
            TestNumbers.Dot(dTokens, TokenAssemblyReference.Forward(e, masks, b, c, p, size.Frames, size.ViewsPerFrame, size.Patches,
                size.Embedding));
        var gradient = TokenAssemblyReference.Backward(dTokens, masks, size.Frames, size.ViewsPerFrame, size.Patches, size.Embedding);
        Agreement.IsGradient("dEmbeddings", gradient.DEmbeddings, embeddings, at => Loss(at, bias, cls, position));
        Agreement.IsGradient("dPatchBias", gradient.DPatchBias, bias, at => Loss(embeddings, at, cls, position));
        Agreement.IsGradient("dClsToken", gradient.DClsToken, cls, at => Loss(embeddings, bias, at, position));
        Agreement.IsGradient("dPosition", gradient.DPosition, position, at => Loss(embeddings, bias, cls, at));
    }

    [Test]
    public void Repetition_gives_the_same_bits() => Agreement.SameBits(memory => Everything(memory, new((6, 3, 36, 67), true)));

    [Test]
    public void A_NaN_is_not_hidden()
    {
        Case given = new((6, 3, 36, 67), true);
        given.Embeddings[0] = float.NaN;
        given.Upstream[67] = float.NaN;
        using TestMemory memory = new();
        float[] results = Everything(memory, given);
        Assert.That(results[67], Is.NaN, "the first view's first patch");
        Assert.That(results[given.Upstream.Length], Is.NaN, "its embedding's gradient");
        Assert.That(results[^67], Is.NaN, "the bias' gradient");
    }

    private static float[] Everything(TestMemory memory, Case given)
    {
        TokenAssemblySize size = given.Size;
        DeviceSpan masks = memory.Upload(given.Masks), tokens = memory.Output(given.Upstream.Length);
        DeviceSpan dEmbeddings = memory.Output(given.Embeddings.Length), dBias = memory.Output(size.Embedding),
            dCls = memory.Output(size.Embedding), dPosition = memory.Output(given.Position.Length);
        memory.Kernels.TokenAssembly.Forward(
            tokens, memory.Upload(given.Embeddings), masks, memory.Upload(given.PatchBias), memory.Upload(given.ClsToken),
                memory.Upload(given.Position), size);
        memory.Kernels.TokenAssembly.Backward(dEmbeddings, dBias, dCls, dPosition, memory.Upload(given.Upstream), masks, size, false);
        return [.. memory.Download(tokens), .. memory.Download(dEmbeddings), .. memory.Download(dCls), .. memory.Download(dPosition),
            .. memory.Download(dBias)];
    }

    private sealed class Case
    {
        public Case((int Frames, int Views, int Patches, int Width) shape, bool masked)
        {
            Size = new(shape.Frames, shape.Views, shape.Patches, shape.Width);
            TestNumbers numbers = new(shape.Frames + shape.Width);
            Embeddings = numbers.Uniform(Size.Frames * Size.Patches * Size.Embedding);
            Masks = masked ? numbers.Uniform(Size.Views * Size.Patches, 0) : [.. Enumerable.Repeat(1f, Size.Views * Size.Patches)];
            PatchBias = numbers.Uniform(Size.Embedding);
            ClsToken = numbers.Uniform(Size.Embedding);
            Position = numbers.Uniform(Size.Tokens * Size.Embedding);
            Upstream = numbers.Uniform(Size.Views * Size.Tokens * Size.Embedding);
        }

        public TokenAssemblySize Size { get; }

        public float[] Embeddings { get; }

        public float[] Masks { get; }

        public float[] PatchBias { get; }

        public float[] ClsToken { get; }

        public float[] Position { get; }

        public float[] Upstream { get; }

        public double[] Reference() => TokenAssemblyReference.Forward(
            Agreement.Wide(Embeddings), Agreement.Wide(Masks), Agreement.Wide(PatchBias), Agreement.Wide(ClsToken),
                Agreement.Wide(Position), Size.Frames, Size.ViewsPerFrame, Size.Patches, Size.Embedding);
    }
}
