using DoRA.Autograd.Ops;
using DoRA.Kernels;

namespace DoRA.Autograd.Tests;

public sealed class TapeTests
{
    [Test]
    public void A_parameter_without_gradient_is_named()
    {
        using OpHarness harness = new();
        ParameterStore store = harness.Store([3, 4], [3, 4]);
        Tensor x = Tape.Constant(harness.Upload(harness.Random(8)), 2, 4);
        LinearOp.Forward(harness.Tape, x, store["0"], null);
        Tensor y = LinearOp.Forward(harness.Tape, x, store["1"], null);

        Assert.That(
            () => harness.Tape.Backward(y, harness.Upload(new float[6])),
            Throws.InvalidOperationException.With.Message.Contains("Parameter 0 "));
    }

    [Test]
    public void A_parameter_of_which_only_a_slice_got_a_gradient_is_named()
    {
        using OpHarness harness = new();
        ParameterStore store = harness.Store([3, 4]);
        Tensor y = LinearOp.Forward(harness.Tape, Tape.Constant(harness.Upload(harness.Random(8)), 2, 4), store["0"].Slice(4, 8), null);

        Assert.That(
            () => harness.Tape.Backward(y, harness.Upload(new float[4])),
            Throws.InvalidOperationException.With.Message.Contains("Parameter 0 "));
    }

    [Test]
    public void Nothing_is_recorded_under_NoGrad()
    {
        using OpHarness harness = new();
        ParameterStore store = harness.Store([3, 4]);
        Tensor x = Tape.Constant(harness.Upload(harness.Random(8)), 2, 4);
        using (harness.Tape.NoGrad())
        {
            Tensor y = LinearOp.Forward(harness.Tape, x, store["0"], null, gelu: true);
            Assert.That(y.RequiresGradient, Is.False);
            Assert.That(harness.Tape.Count, Is.Zero);
            harness.Tape.Release(y);
            Assert.That(harness.Arena.RentedBytes, Is.Zero, "neither the output nor what backward would need is kept");
        }

        LinearOp.Forward(harness.Tape, x, store["0"], null);
        Assert.That(harness.Tape.Count, Is.EqualTo(1));
    }

    [Test]
    public void The_walk_back_frees_everything_and_the_next_one_allocates_nothing()
    {
        using OpHarness harness = new();
        ParameterStore store = harness.Store([6, 4], [6], [3, 6], [3], [4], [4]);
        DeviceSpan input = harness.Upload(harness.Random(20)), upstream = harness.Upload(harness.Random(15));

        void Pass()
        {
            harness.Tape.Reset();
            store.ForgetGradients();
            Tensor x = LayerNormOp.Forward(harness.Tape, Tape.Constant(input, 5, 4), store["4"], store["5"], 1e-6f);
            Tensor hidden = LinearOp.Forward(harness.Tape, x, store["0"], store["1"], gelu: true);
            harness.Tape.Backward(LinearOp.Forward(harness.Tape, hidden, store["2"], store["3"]), upstream);
        }

        Pass();
        long taken = harness.Arena.Bytes;
        float[] first = harness.Download(store.Gradients);
        Pass();
        Assert.That(harness.Arena.Bytes, Is.EqualTo(taken));
        Assert.That(harness.Download(store.Gradients), Is.EqualTo(first), "the same bits");
    }

    [Test]
    public void Shares_of_two_passes_add_up()
    {
        using OpHarness harness = new();
        ParameterStore store = harness.Store([3, 4], [3]);
        DeviceSpan a = harness.Upload(harness.Random(8));
        DeviceSpan b = harness.Upload(harness.Random(8));
        DeviceSpan upstream = harness.Upload(harness.Random(6));

        float[] Gradient(params DeviceSpan[] inputs)
        {
            store.ForgetGradients();
            foreach (DeviceSpan input in inputs)
            {
                harness.Tape.Backward(LinearOp.Forward(harness.Tape, Tape.Constant(input, 2, 4), store["0"], store["1"]), upstream);
            }

            return harness.Download(store.Gradients);
        }

        float[] first = Gradient(a), second = Gradient(b), both = Gradient(a, b);
        for (int i = 0; i < both.Length; i++)
        {
            Assert.That(both[i], Is.EqualTo(first[i] + second[i]).Within(1e-6));
        }
    }

    /// <summary>A bias whose first share comes alone beside a weight that already holds one is cleared and added to.</summary>
    [Test]
    public void A_bias_that_joins_late_gets_only_its_own_share()
    {
        using OpHarness harness = new();
        ParameterStore store = harness.Store([3, 4], [3]);
        Tensor x = Tape.Constant(harness.Upload(harness.Random(8)), 2, 4);
        DeviceSpan upstream = harness.Upload(harness.Random(6));
        harness.Device.Upload<float>(store.Gradients, [.. Enumerable.Repeat(float.NaN, (int)store.Length)]);
        harness.Tape.Backward(LinearOp.Forward(harness.Tape, x, store["0"], null), upstream);
        harness.Tape.Backward(LinearOp.Forward(harness.Tape, x, store["0"], store["1"]), upstream);

        float[] expected = [.. Enumerable.Range(0, 3).Select(i => harness.Download(upstream)[i] + harness.Download(upstream)[i + 3])];
        Assert.That(harness.Download(store["1"].Gradient), Is.EqualTo(expected).Within(1e-6));
        Assert.That(harness.Download(store["0"].Gradient), Has.All.Not.NaN);
    }

    [Test]
    public void A_residual_that_is_read_again_later_is_refused()
    {
        using OpHarness harness = new();
        ParameterStore store = harness.Store([4, 4], [4, 4]);
        Tensor x = Tape.Variable(harness.Upload(harness.Random(8)), 2, 4);
        Tensor y = LinearOp.Forward(harness.Tape, x, store["0"], null, residual: x);
        Tensor z = LinearOp.Forward(harness.Tape, x, store["1"], null, residual: y);

        Assert.That(
            () => harness.Tape.Backward(z, harness.Upload(new float[8])),
            Throws.InvalidOperationException.With.Message.Contains("recorded later"));
    }

    [Test]
    public void Only_a_linear_layer_may_read_a_GELU()
    {
        using OpHarness harness = new();
        ParameterStore store = harness.Store([4, 4]);
        Tensor hidden = LinearOp.Forward(
            harness.Tape, Tape.Constant(harness.Upload(harness.Random(8)), 2, 4), store["0"], null, gelu: true);
        Tensor y = L2NormalizeOp.Forward(harness.Tape, hidden);

        Assert.That(
            () => harness.Tape.Backward(y, harness.Upload(new float[8])), Throws.InvalidOperationException.With.Message.Contains("GELU"));
    }

    [Test]
    public void The_walk_starts_at_the_last_operation()
    {
        using OpHarness harness = new();
        ParameterStore store = harness.Store([4, 4]);
        Tensor x = Tape.Constant(harness.Upload(harness.Random(8)), 2, 4), y = LinearOp.Forward(harness.Tape, x, store["0"], null);
        LinearOp.Forward(harness.Tape, y, store["0"], null);

        Assert.That(() => harness.Tape.Backward(y), Throws.InvalidOperationException);
    }
}
