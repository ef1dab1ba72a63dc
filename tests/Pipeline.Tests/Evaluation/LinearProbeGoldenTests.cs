using DoRA.Kernels;
using DoRA.Pipeline.Evaluation;
using DoRA.Pipeline.Evaluation.Images;
using DoRA.Pipeline.Evaluation.LinearProbe;
using DoRA.References;

namespace DoRA.Pipeline.Tests.Evaluation;

[Category(Golden.Category)]
public sealed class LinearProbeGoldenTests
{
    // 40 steps of 50 rows: the float32 reference itself is 2e-7 off float64.
    private const double Tolerance = 2e-6;

    [Test]
    public void Training_follows_dinos_step_by_step()
    {
        using GoldenFile golden = Golden.Open("eval/linear_probe");
        using CpuDevice device = new(1);
        int[] shape = golden.Shape("x");
        (int rows, int width) = (shape[0], shape[1]);
        using LinearHead head = new(device, width, golden.Shape("W0")[0]) { Weight = golden.Floats("W0"), Bias = golden.Floats("b0") };
        float[] features = golden.Floats("x");
        int[] labels = golden.Integers("y");

        // The file has a rate and a loss a step; the rate falls once an epoch, and the rows come in the stored order.
        double[] rates = golden.Doubles("lrs");
        int epochs = rates.Distinct().Count(), batches = rates.Length / epochs, batch = rows / batches;
        LinearSettings settings = new(epochs, 256, rates[0]);
        golden.Check("lrs", rates.Select((_, step) => settings.RateOf(step / batches)), Tolerance);
        List<float> losses = [];
        for (int step = 0; step < rates.Length; step++)
        {
            int first = step % batches * batch;
            losses.Add(head.Step(
                features.AsSpan(first * width, batch * width), labels[first..(first + batch)], settings.RateOf(step / batches)));
        }

        golden.Check("losses", losses, Tolerance);
        golden.Check("W", head.Weight, Tolerance);
        golden.Check("b", head.Bias, Tolerance);
        float[] logits = head.Logits(features);
        int right = Enumerable.Range(0, rows)
            .Count(row => LinearEvaluation.PlaceOf(logits.AsSpan(row * head.Classes, head.Classes), labels[row]) == 0);
        golden.Check("acc1", [100.0 * right / rows], 1e-9);
    }

    [Test]
    public void The_classifier_receives_what_dinos_receives()
    {
        using GoldenFile golden = Golden.Open("eval/linear_probe"), pictures = Golden.Open("eval/knn_images");
        using CpuDevice device = new(1);
        using FrozenEncoder encoder = GoldenExtensions.Encoder(device);
        int[] keep = pictures.Integers("keep");
        int size = pictures.Shape($"pre_{keep[0]}")[1];
        float[] planes = [.. keep.SelectMany(image => Normalization.ImageNet.Apply(pictures.Planes($"pre_{image}")))];
        foreach (string name in golden.Names.Where(name => name.StartsWith("input_last", StringComparison.Ordinal)))
        {
            string[] parts = name["input_last".Length..].Split('_');
            golden.Check(name, ProbeInput.Of(encoder, planes, keep.Length, size, int.Parse(parts[0]), parts.Length > 1), 5e-5);
        }

        Assert.That(() => ProbeInput.WidthOf(encoder, 2, true), BadInput.Saying("--average-patches", "--blocks 1"));
        Assert.That(() => ProbeInput.WidthOf(encoder, 4, false), BadInput.Saying("--blocks is 4", "3 blocks"));
    }

    [Test]
    public void A_gradient_of_the_caller_s_own_teaches_as_the_cross_entropy_that_it_belongs_to()
    {
        using CpuDevice device = new(1);
        float[] row = [1, -2, 0.5f];
        using LinearHead own = new(device, 3, 2), usual = new(device, 3, 2);
        for (int step = 0; step < 3; step++)
        {
            usual.Step(row, [1], 0.1);
            own.Step(
                row,
                logits =>
                {
                    float first = 1 / (1 + MathF.Exp(logits[1] - logits[0]));
                    return [first, -first];
                },
                0.1);
        }

        Assert.That(own.Weight, Is.EqualTo(usual.Weight).Within(1e-6));
        Assert.That(own.Bias, Is.EqualTo(usual.Bias).Within(1e-6));
    }
}
