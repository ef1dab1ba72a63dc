using DoRA.Autograd.Ops;
using DoRA.Kernels;
using DoRA.Kernels.DinoLoss;
using DoRA.References;

namespace DoRA.Autograd.Tests;

/// <summary>Every operation's Backward against central differences of its reference in double; sizes are odd on purpose.</summary>
public sealed class OpGradientTests
{
    [Test]
    public void Linear_with_bias()
    {
        using OpHarness harness = new();
        harness.Check([[5, 7]], [[3, 7], [3]],
            (x, p) => LinearOp.Forward(harness.Tape, x[0], p[0], p[1]),
            v => new LinearReference(5, 7, 3) { Bias = v[2] }.Forward(v[0], v[1]).Y);
    }

    [Test]
    public void Linear_carries_the_gradient_through_the_GELU_before_it()
    {
        using OpHarness harness = new();
        harness.Check([[5, 7]], [[6, 7], [6], [3, 6], [3]],
            (x, p) => LinearOp.Forward(harness.Tape, LinearOp.Forward(harness.Tape, x[0], p[0], p[1], gelu: true), p[2], p[3]),
            v =>
            {
                double[] hidden = new LinearReference(5, 7, 6) { Bias = v[2], Gelu = true }.Forward(v[0], v[1]).Y;
                return new LinearReference(5, 6, 3) { Bias = v[4] }.Forward(hidden, v[3]).Y;
            });
    }

    [Test]
    public void Linear_with_residual_and_row_scale()
    {
        using OpHarness harness = new();
        float[] scales = [0, 1.25f];
        harness.Check([[6, 7], [6, 3]], [[3, 7], [3]],
            (x, p) => LinearOp.Forward(harness.Tape, x[0], p[0], p[1], residual: x[1], rowScale: new(harness.Upload(scales), 3)),
            v => new LinearReference(6, 7, 3) { Bias = v[3], Residual = v[1], RowScale = [0, 1.25], RowsPerScale = 3 }
                .Forward(v[0], v[2]).Y);
    }

    /// <summary>The CLS rows' query from one slice of a packed weight, and everything's keys and values from the rest.</summary>
    [Test]
    public void Linear_slices_of_a_packed_weight_over_strided_rows()
    {
        using OpHarness harness = new();
        const int views = 2, tokens = 3, width = 4;
        harness.Check([[views, tokens, width]], [[3 * width, width], [3 * width]],
            (x, p) =>
            {
                Tensor query = LinearOp.Forward(harness.Tape, x[0].FirstRows(), p[0].Slice(0, width * width), p[1].Slice(0, width));
                Tensor rest = LinearOp.Forward(
                    harness.Tape, x[0], p[0].Slice(width * width, 2 * width * width), p[1].Slice(width, 2 * width));
                return AttentionOp.Forward(harness.Tape, query, rest.Columns(0), rest.Columns(width), new(views, 1, tokens, 2, width / 2));
            },
            v =>
            {
                double[] packed = new LinearReference(views * tokens, width, 3 * width) { Bias = v[2] }.Forward(v[0], v[1]).Y;
                double[] Part(int which) => Third(packed, which, width);
                double[] output = new AttentionReference(views, tokens, tokens, 2, width / 2).Forward(Part(0), Part(1), Part(2)).Output;
                return ClsTokenReference.Forward(output, views, tokens, width);
            });
    }

    [Test]
    public void Attention_over_a_packed_projection()
    {
        using OpHarness harness = new();
        const int images = 2, tokens = 5, heads = 3, headDim = 4, width = heads * headDim;
        harness.Check([[images, tokens, 3 * width]], [],
            (x, _) => AttentionOp.Forward(
                harness.Tape, x[0].Columns(0), x[0].Columns(width), x[0].Columns(2 * width), new(images, tokens, tokens, heads, headDim)),
            v =>
            {
                double[] Part(int which) => Third(v[0], which, width);
                return new AttentionReference(images, tokens, tokens, heads, headDim).Forward(Part(0), Part(1), Part(2)).Output;
            });
    }

    [Test]
    public void Layer_norm()
    {
        using OpHarness harness = new();
        harness.Check([[3, 19]], [[19], [19]],
            (x, p) => LayerNormOp.Forward(harness.Tape, x[0], p[0], p[1], 1e-6f),
            v => LayerNormReference.Forward(v[0], v[1], v[2], 3, 19, 1e-6).Y);
    }

    [Test]
    public void Patch_embedding()
    {
        using OpHarness harness = new();
        float[] images = harness.Random(2 * 3 * 4 * 6);
        harness.Check([], [[5, 3, 2, 2], [5]],
            (_, p) => PatchEmbeddingOp.Forward(harness.Tape, harness.Upload(images), p[0], p[1], new(2, 4, 6, 2, 5)),
            v => new PatchEmbeddingReference(2, 4, 6, 2, 5).Forward(Array.ConvertAll(images, pixel => (double)pixel), v[0], v[1]));
    }

    [Test]
    public void Token_assembly_with_soft_masks([Values(1, 3)] int viewsPerFrame)
    {
        using OpHarness harness = new();
        const int frames = 2, patches = 5, width = 7;
        float[] masks = [.. harness.Random(frames * viewsPerFrame * patches).Select(Math.Abs)];
        harness.Check([[frames, patches, width]], [[width], [1, 1, width], [1, patches + 1, width]],
            (x, p) => TokenAssemblyOp.Forward(harness.Tape, x[0], harness.Upload(masks), viewsPerFrame, p[0], p[1], p[2]),
            v => TokenAssemblyReference.Forward(
                v[0], Array.ConvertAll(masks, mask => (double)mask), v[1], v[2], v[3], frames, viewsPerFrame, patches, width));
    }

    [Test]
    public void Position_embedding_of_another_size()
    {
        using OpHarness harness = new();
        harness.Check([], [[1, 1 + (4 * 4), 3]],
            (_, p) => PositionEmbeddingOp.Forward(harness.Tape, p[0], new(4, 3, 6, 3)),
            v => PositionEmbeddingReference.Forward(v[0], 4, 3, 6, 3));
    }

    [Test]
    public void Cls_token()
    {
        using OpHarness harness = new();
        harness.Check([[3, 4, 5]], [], (x, _) => ClsTokenOp.Forward(harness.Tape, x[0]), v => ClsTokenReference.Forward(v[0], 3, 4, 5));
    }

    [Test]
    public void L2_normalize()
    {
        using OpHarness harness = new();
        harness.Check([[3, 19]], [], (x, _) => L2NormalizeOp.Forward(harness.Tape, x[0]), v => L2NormalizeReference.Forward(v[0], 3, 19).Y);
    }

    [Test]
    public void Weight_norm()
    {
        using OpHarness harness = new();
        harness.Check([[5, 7]], [[11, 7], [11, 1]],
            (x, p) => WeightNormOp.Forward(harness.Tape, x[0], p[0], p[1]),
            v => new LinearReference(5, 7, 11).Forward(v[0], WeightNormReference.Weight(v[1], v[2], 11, 7)).Y);
    }

    /// <summary>The loss ends a tape, so a layer before it carries its gradient to where it can be seen.</summary>
    [Test]
    public void Dino_loss_through_a_linear_layer()
    {
        using OpHarness harness = new();
        const int students = 2, outputs = 9, width = 4;
        ParameterStore store = harness.Store([outputs, width]);
        float[] x = harness.Random(students * width);
        float[] teacher = harness.Random(outputs);
        float[] center = harness.Random(outputs);
        float[] weights = [0.7f, 0.3f];
        DinoLossPairs pairs = new(1, 1, students, harness.Upload([0]), harness.Upload([1, 0]), harness.Upload(weights));
        DeviceSpan mean = harness.Upload(new float[outputs]);

        Tensor logits = LinearOp.Forward(harness.Tape, Tape.Constant(harness.Upload(x), students, width), store["0"], null);
        Tensor loss = DinoLossOp.Forward(
            harness.Tape,
            logits,
            Tape.Constant(harness.Upload(teacher), 1, outputs),
            mean,
            default,
            harness.Upload(center),
            pairs,
            0.5f,
            0.25f);
        float value = harness.Download(loss.Data)[0];
        harness.Tape.Backward(loss);

        double[] point = Array.ConvertAll(harness.Download(store["0"].Data), weight => (double)weight);
        double Loss(double[] weight) => DinoLossReference.Forward(
            new LinearReference(students, width, outputs).Forward(Array.ConvertAll(x, v => (double)v), weight).Y,
            Array.ConvertAll(teacher, v => (double)v), Array.ConvertAll(center, v => (double)v),
            [new(1, 0, weights[0]), new(0, 0, weights[1])], 0.5, 0.25);
        // Logits of size 2 over a temperature of 0.25 are off by some 1e-6, and so are probabilities.
        Assert.That(value, Is.EqualTo(Loss(point)).Within(4e-6));
        Assert.That(
            GradCheck.RelativeError(harness.Download(store["0"].Gradient), GradCheck.CentralDifferences(Loss, point)),
            Is.LessThanOrEqualTo(4e-6));
    }

    /// <summary>Queries, keys or values of rows that hold all three.</summary>
    private static double[] Third(double[] packed, int which, int width) =>
        [.. packed.Chunk(3 * width).SelectMany(row => row.Skip(which * width).Take(width))];
}
