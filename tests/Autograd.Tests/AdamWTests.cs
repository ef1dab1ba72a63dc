using DoRA.Autograd.Ops;
using DoRA.Kernels;
using DoRA.Kernels.AdamW;

namespace DoRA.Autograd.Tests;

public sealed class AdamWTests
{
    private static readonly AdamWSettings Settings = new(0.1, 0, 0.9, 0.999, 1e-8, 3, 0.5);

    [Test]
    public void A_skipped_parameter_stays_and_its_count_stands_still()
    {
        using OpHarness harness = new();
        ParameterStore student = harness.Store([2, 4], [2, 4]), teacher = harness.Store([2, 4], [2, 4]);
        using AdamW optimizer = new(student, teacher);
        float[] kept = harness.Download(student["1"].Data);
        float[] moved = harness.Download(student["0"].Data);
        float[] followed = harness.Download(teacher["1"].Data);
        Backward(harness, student);

        optimizer.Step(Settings, parameter => parameter.Name == "1");

        Assert.That(optimizer.StepCounts.ToArray(), Is.EqualTo((int[])[1, 0]));
        Assert.That(harness.Download(student["1"].Data), Is.EqualTo(kept));
        Assert.That(harness.Download(student["0"].Data), Is.Not.EqualTo(moved));
        Assert.That(
            harness.Download(teacher["1"].Data),
            Is.EqualTo(kept.Zip(followed, (a, b) => (0.5f * a) + (0.5f * b))).Within(1e-7),
            "the teacher follows all the same");
    }

    [Test]
    public void A_trained_parameter_without_gradient_is_named()
    {
        using OpHarness harness = new();
        ParameterStore student = harness.Store([2, 4]), teacher = harness.Store([2, 4]);
        using AdamW optimizer = new(student, teacher);

        Assert.That(() => optimizer.Step(Settings, _ => false), Throws.InvalidOperationException.With.Message.Contains("Parameter 0 "));
    }

    private static void Backward(OpHarness harness, ParameterStore store)
    {
        Tensor x = Tape.Constant(harness.Upload(harness.Random(8)), 2, 4);
        foreach (string name in (string[])["0", "1"])
        {
            harness.Tape.Backward(LinearOp.Forward(harness.Tape, x, store[name], null), harness.Upload(harness.Random(4)));
        }
    }
}
