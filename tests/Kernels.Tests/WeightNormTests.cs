using CsCheck;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class WeightNormTests
{
    [Test]
    public void Both_directions_agree_with_the_reference() => Gen.Select(TestNumbers.RowsAndWidth, Gen.Bool).Sample(
        (shape, trained) =>
        {
            (int outputs, int inputs, int seed) = shape;
            TestNumbers numbers = new(seed);
            float[] v = numbers.Uniform(outputs * inputs), g = numbers.Uniform(outputs, 0.5f, 2), dWeight = numbers.Uniform(v.Length);
            using TestMemory memory = new();
            DeviceSpan scale = memory.Output(outputs), gradient = memory.Upload(dWeight), dG = trained ? memory.Output(outputs) : default;
            DeviceSpan direction = memory.Upload(v), length = memory.Upload(g);
            memory.Kernels.WeightNorm.Forward(scale, direction, length, outputs, inputs);
            memory.Kernels.WeightNorm.Backward(gradient, dG, direction, length, outputs, inputs);

            double[] expectedScale = WeightNormReference.Scale(Agreement.Wide(v), Agreement.Wide(g), outputs, inputs);
            var expected = WeightNormReference.Backward(Agreement.Wide(dWeight), Agreement.Wide(v), Agreement.Wide(g), outputs, inputs);
            // ‖v‖² has no cancellation; dW · v̂ ≤ √inputs has, and is multiplied by g/‖v‖.
            double relative = Agreement.SumError(inputs, 1), along = 3 * relative * (Math.Sqrt(inputs) + 1);
            Agreement.Near("scale", memory.Download(scale), expectedScale, relative * expectedScale.Max());
            Agreement.Near("dV", memory.Download(gradient), expected.DV, along * expectedScale.Max());
            if (trained)
            {
                Agreement.Near("dG", memory.Download(dG), expected.DG, along);
            }
        },
        iter: 60, threads: 1);

    [Test]
    public void The_reference_s_gradient_is_the_central_difference()
    {
        const int outputs = 3, inputs = 4;
        TestNumbers numbers = new(1);
        double[] v = Agreement.Wide(numbers.Uniform(outputs * inputs, 0.5f)), g = Agreement.Wide(numbers.Uniform(outputs)),
            dWeight = Agreement.Wide(numbers.Uniform(v.Length));
        var gradient = WeightNormReference.Backward(dWeight, v, g, outputs, inputs);
        Agreement.IsGradient("dV", gradient.DV, v, at => TestNumbers.Dot(dWeight, WeightNormReference.Weight(at, g, outputs, inputs)));
        Agreement.IsGradient("dG", gradient.DG, g, at => TestNumbers.Dot(dWeight, WeightNormReference.Weight(v, at, outputs, inputs)));
    }

    [Test]
    public void Repetition_gives_the_same_bits() => Agreement.SameBits(memory => Everything(memory, new TestNumbers(2).Uniform(900 * 65)));

    [Test]
    public void A_NaN_is_not_hidden()
    {
        float[] v = new TestNumbers(2).Uniform(900 * 65);
        v[65 * 7] = float.NaN;
        using TestMemory memory = new();
        float[] results = Everything(memory, v);
        Assert.That(results[7], Is.NaN);
        Assert.That(results[(900 + (65 * 7))..(900 + (65 * 8))], Has.All.NaN);
    }

    private static float[] Everything(TestMemory memory, float[] v)
    {
        const int outputs = 900, inputs = 65;
        TestNumbers numbers = new(3);
        DeviceSpan direction = memory.Upload(v), length = memory.Upload(numbers.Uniform(outputs)), scale = memory.Output(outputs),
            gradient = memory.Upload(numbers.Uniform(v.Length));
        memory.Kernels.WeightNorm.Forward(scale, direction, length, outputs, inputs);
        memory.Kernels.WeightNorm.Backward(gradient, default, direction, length, outputs, inputs);
        return [.. memory.Download(scale), .. memory.Download(gradient)];
    }
}
