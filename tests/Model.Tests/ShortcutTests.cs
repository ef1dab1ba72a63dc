using DoRA.Autograd;
using DoRA.Autograd.Ops;
using DoRA.Kernels;

namespace DoRA.Model.Tests;

/// <summary>What is not computed changes no number: each shortcut beside the whole computation.</summary>
public sealed class ShortcutTests
{
    /// <summary>
    /// Both ways add the same few hundred products in another order: 1e-5 of the largest magnitude is some 160 roundings.
    /// </summary>
    private const double Tolerance = 1e-5;

    private static readonly VisionTransformerConfiguration Sizes = new(24, 3, 3, 4, 16);

    [Test]
    public void The_CLS_tokens_last_block_equals_the_whole_block_with_all_gradients([Values(16, 8)] int size)
    {
        using TestBench bench = new();
        ParameterStore store = bench.Store();
        VisionTransformer backbone = Backbone(store);
        ImageBatch images = Images(bench, 5, size);

        Tensor cls = backbone.ForwardCls(bench.Tape, backbone.Assemble(bench.Tape, backbone.Embed(bench.Tape, images), images));
        float[] shortcut = bench.Download(cls.Data), upstream = Random(shortcut.Length);
        bench.Tape.Backward(cls, bench.Upload(upstream));
        float[] shortcutGradients = bench.Download(store.Gradients);

        store.ForgetGradients();
        Tensor tokens = backbone.Forward(bench.Tape, images).Tokens;
        int rowsApart = tokens.Shape[1] * Sizes.Width;
        float[] all = bench.Download(tokens.Data), whole = new float[all.Length];
        for (int i = 0; i < shortcut.Length; i++)
        {
            int at = (i / Sizes.Width * rowsApart) + (i % Sizes.Width);
            Assert.That(shortcut[i], Is.EqualTo(all[at]).Within(Tolerance));
            whole[at] = upstream[i];
        }

        bench.Tape.Backward(tokens, bench.Upload(whole));
        AssertClose(shortcutGradients, bench.Download(store.Gradients));
    }

    [Test]
    public void The_tracking_pass_equals_the_whole_pass_where_the_tracker_reads([Values(1, 2, 3)] int clips)
    {
        using TestBench bench = new();
        VisionTransformer backbone = Backbone(bench.Store());
        int frames = 6 / clips;
        ImageBatch images = Images(bench, 6, 16);
        using Tape.NoGradScope scope = bench.Tape.NoGrad();

        Tensor cls = backbone.ForwardTracking(
            bench.Tape, backbone.Assemble(bench.Tape, backbone.Embed(bench.Tape, images), images), clips, out TrackingFeatures tracking);
        VisionFeatures whole = backbone.Forward(bench.Tape, images);

        int tokens = whole.Tokens.Shape[1], d = Sizes.Width, heads = Sizes.Heads;
        float[] qkv = bench.Download(whole.Qkv.Data);
        float[] all = bench.Download(whole.Tokens.Data);
        float[] attention = bench.Download(whole.ClsAttention);
        AssertClose(Rows(bench.Download(tracking.Key.Span), tracking.Key.Stride, d), Rows(qkv.AsSpan(d).ToArray(), 3 * d, d));
        AssertClose(bench.Download(cls.Data), [.. all.Chunk(tokens * d).SelectMany(image => image[..d])]);
        AssertClose(
            Rows(bench.Download(tracking.Query.Span), tracking.Query.Stride, d), FirstFrames(Rows(qkv, 3 * d, d), frames, tokens * d));
        AssertClose(bench.Download(tracking.Tokens), FirstFrames(all, frames, tokens * d));
        AssertClose(bench.Download(tracking.ClsAttention), FirstFrames(attention, frames, heads * tokens));
    }

    [Test]
    public void Masked_views_equal_explicitly_masked_pictures_with_all_gradients()
    {
        using TestBench bench = new();
        ParameterStore store = bench.Store();
        VisionTransformer backbone = Backbone(store);
        const int frames = 2, objects = 3, patches = 16;
        ImageBatch images = Images(bench, frames, 16);
        float[] masks = [.. Random(frames * objects * patches).Select(value => value > 0 ? 1f : 0)];

        Tensor views = backbone.ForwardCls(
            bench.Tape, backbone.Assemble(bench.Tape, backbone.Embed(bench.Tape, images), images, bench.Upload(masks), objects));
        float[] folded = bench.Download(views.Data), upstream = Random(folded.Length);
        bench.Tape.Backward(views, bench.Upload(upstream));
        float[] foldedGradients = bench.Download(store.Gradients);

        store.ForgetGradients();
        float[] pixels = bench.Download(images.Pixels), masked = new float[objects * pixels.Length];
        int length = (int)images.ImageLength;
        for (int i = 0; i < masked.Length; i++)
        {
            int view = i / length, pixel = i % length, patch = (pixel / 16 % 16 / 4 * 4) + (pixel % 16 / 4);
            masked[i] = masks[(view * patches) + patch] * pixels[(view / objects * length) + pixel];
        }

        ImageBatch copies = new(bench.Upload(masked), frames * objects, 16, 16);
        Tensor explicitly = backbone.ForwardCls(bench.Tape, backbone.Assemble(bench.Tape, backbone.Embed(bench.Tape, copies), copies));
        AssertClose(folded, bench.Download(explicitly.Data));
        bench.Tape.Backward(explicitly, bench.Upload(upstream));
        AssertClose(foldedGradients, bench.Download(store.Gradients));
    }

    /// <summary>Parameters that some passes reach and others do not, at sizes other than the table's: every share is counted once.</summary>
    [Test]
    public void The_gradients_of_a_step_are_the_sums_of_its_passes()
    {
        using TestBench bench = new();
        ParameterStore store = bench.Store();
        VisionTransformer backbone = Backbone(store);
        ImageBatch globals = Images(bench, 2, 12), locals = Images(bench, 3, 8);
        DeviceSpan masks = bench.Upload([.. Random(2 * 2 * 9).Select(value => value > 0 ? 1f : 0)]);
        DeviceSpan globalShare = bench.Upload(Random(4 * Sizes.Width)), localShare = bench.Upload(Random(3 * Sizes.Width));
        Tensor Global() => backbone.ForwardCls(
            bench.Tape, backbone.Assemble(bench.Tape, backbone.Embed(bench.Tape, globals), globals, masks, 2));
        Tensor Local() => backbone.ForwardCls(bench.Tape, backbone.Assemble(bench.Tape, backbone.Embed(bench.Tape, locals), locals));
        float[] Gradients(params ReadOnlySpan<(Func<Tensor> Pass, DeviceSpan Share)> passes)
        {
            store.ForgetGradients();
            foreach ((Func<Tensor> pass, DeviceSpan share) in passes)
            {
                bench.Tape.Backward(pass(), share);
            }

            return bench.Download(store.Gradients);
        }

        float[] global = Gradients((Global, globalShare)), local = Gradients((Local, localShare));
        float[] sum = [.. global.Zip(local, (a, b) => a + b)];
        AssertClose(Gradients((Global, globalShare), (Local, localShare)), sum);
        AssertClose(Gradients((Local, localShare), (Global, globalShare)), sum);
    }

    [Test]
    public void The_last_blocks_end_with_the_whole_pass()
    {
        using TestBench bench = new();
        VisionTransformer backbone = Backbone(bench.Store());
        ImageBatch images = Images(bench, 2, 16);
        using Tape.NoGradScope scope = bench.Tape.NoGrad();
        IReadOnlyList<Tensor> last = backbone.ForwardLastBlocks(bench.Tape, images, 2);
        Assert.That(last, Has.Count.EqualTo(2));
        Assert.That(bench.Download(last[1].Data), Is.EqualTo(bench.Download(backbone.Forward(bench.Tape, images).Tokens.Data)));
        Assert.That(bench.Download(last[0].Data), Is.Not.EqualTo(bench.Download(last[1].Data)));
    }

    [Test]
    public void A_full_pass_without_gradient_keeps_only_its_results()
    {
        using TestBench bench = new();
        VisionTransformer backbone = Backbone(bench.Store());
        ImageBatch images = Images(bench, 2, 16);
        using Tape.NoGradScope scope = bench.Tape.NoGrad();
        VisionFeatures features = backbone.Forward(bench.Tape, images);
        bench.Tape.Release(features.Tokens, features.Qkv);
        bench.Arena.Return(features.ClsAttention);
        Assert.That(bench.Arena.RentedBytes, Is.Zero);
    }

    private static VisionTransformer Backbone(ParameterStore store)
    {
        VisionTransformer backbone = new(store, "", Sizes, LinearInitialisation.UniformFanIn);
        store.Allocate(withGradients: true);
        store.Initialise(2);
        foreach (Parameter bias in store.Parameters.Where(parameter => parameter.Name.EndsWith(".bias", StringComparison.Ordinal)))
        {
            store.Device.Upload<float>(bias.Data, Random((int)bias.Length));
        }

        return backbone;
    }

    private static ImageBatch Images(TestBench bench, int count, int size) =>
        new(bench.Upload(Random(count * 3 * size * size)), count, size, size);

    private static float[] Random(int length)
    {
        Random random = new(length);
        return [.. Enumerable.Range(0, length).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    private static float[] Rows(float[] values, int stride, int width) => [.. values.Chunk(stride).SelectMany(row => row.Take(width))];

    private static float[] FirstFrames(float[] values, int frames, int frameLength) =>
        [.. values.Chunk(frames * frameLength).SelectMany(clip => clip.Take(frameLength))];

    private static void AssertClose(float[] actual, float[] expected)
    {
        double magnitude = expected.Max(Math.Abs);
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        Assert.That(magnitude, Is.Positive);
        for (int i = 0; i < actual.Length; i++)
        {
            double error = Math.Abs(actual[i] - expected[i]) / magnitude;
            Assert.That(error <= Tolerance, $"element {i}: {actual[i]} where {expected[i]} was expected");
        }
    }
}
