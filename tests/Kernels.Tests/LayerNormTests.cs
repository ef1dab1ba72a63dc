using CsCheck;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class LayerNormTests
{
    private const float Epsilon = 1e-6f;

    [Test]
    public void Forward_agrees_with_the_reference() => TestNumbers.RowsAndWidth.Sample(
        shape =>
        {
            (int rows, int width, int seed) = shape;
            TestNumbers numbers = new(seed);
            float[] x = numbers.Uniform(rows * width, -3, 3), weight = numbers.Uniform(width), bias = numbers.Uniform(width);
            using TestMemory memory = new();
            DeviceSpan y = memory.Output(x.Length), mean = memory.Output(rows), rstd = memory.Output(rows);
            memory.Kernels.LayerNorm.Forward(y, mean, rstd, memory.Upload(x), memory.Upload(weight), memory.Upload(bias), rows, width,
                Epsilon);

            var expected = LayerNormReference.Forward(Agreement.Wide(x), Agreement.Wide(weight), Agreement.Wide(bias), rows, width,
                Epsilon);
            // The mean's error, of a sum of width values up to 3, is carried on by rstd; y's own few roundings are of |y| ≤ √width + 1.
            double meanError = Agreement.SumError(width, 3),
                outputError = (2 * meanError * expected.Rstd.Max()) + (Agreement.SumError(width, 1) * (Math.Sqrt(width) + 1));
            Agreement.Near("mean", memory.Download(mean), expected.Mean, meanError);
            Agreement.Near("y", memory.Download(y), expected.Y, outputError);
        },
        iter: 60, threads: 1);

    [Test]
    public void Backward_agrees_with_the_reference() => Gen.Select(TestNumbers.RowsAndWidth, Gen.Bool).Sample(
        (shape, accumulate) =>
        {
            (int rows, int width, int seed) = shape;
            TestNumbers numbers = new(seed);
            float[] x = numbers.Uniform(rows * width, -3, 3), weight = numbers.Uniform(width), dY = numbers.Uniform(rows * width),
                held = numbers.Uniform(rows * width);
            using TestMemory memory = new();
            var forward = LayerNormReference.Forward(Agreement.Wide(x), Agreement.Wide(weight), new double[width], rows, width, Epsilon);
            DeviceSpan dX = accumulate ? memory.Upload(held) : memory.Output(x.Length);
            DeviceSpan dWeight = accumulate ? memory.Upload(weight) : memory.Output(width),
                dBias = accumulate ? memory.Upload(weight) : memory.Output(width);
            memory.Kernels.LayerNorm.Backward(
                dX, dWeight, dBias, memory.Upload(dY), memory.Upload(x),
                memory.Upload(Narrow(forward.Mean)), memory.Upload(Narrow(forward.Rstd)), memory.Upload(weight), rows, width, accumulate,
                    accumulate);

            var expected = LayerNormReference.Backward(Agreement.Wide(dY), Agreement.Wide(x), Agreement.Wide(weight), rows, width, Epsilon);
            double[] Plus(double[] gradient, float[] before) => accumulate ? [.. gradient.Zip(before, (a, b) => a + b)] : gradient;
            // x̂ ≤ √width; mean and rstd come rounded, which moves x̂ by rstd · 3 roundings. dX multiplies by rstd again.
            double rstd = forward.Rstd.Max(), normalized = Math.Sqrt(width) + 1,
                normalizedError = (8 * Agreement.Rounding * normalized) + (6 * Agreement.Rounding * rstd);
            double sumError = Agreement.SumError(width, normalized) + normalizedError;
            Agreement.Near("dX", memory.Download(dX), Plus(expected.DX, held), 4 * rstd * normalized * sumError + (4 * Agreement.Rounding));
            Agreement.Near("dWeight", memory.Download(dWeight), Plus(expected.DWeight, weight),
                (rows + 1) * (normalizedError + ((rows + 8) * Agreement.Rounding * normalized)));
            Agreement.Near("dBias", memory.Download(dBias), Plus(expected.DBias, weight), (rows + 1) * (rows + 8) * Agreement.Rounding);
        },
        iter: 60, threads: 1);

    [Test]
    public void The_reference_s_gradient_is_the_central_difference()
    {
        const int rows = 3, width = 5;
        TestNumbers numbers = new(1);
        double[] x = Agreement.Wide(numbers.Uniform(rows * width)), weight = Agreement.Wide(numbers.Uniform(width)),
            bias = Agreement.Wide(numbers.Uniform(width));
        double[] dY = Agreement.Wide(numbers.Uniform(rows * width));
        double Loss(double[] input, double[] scale, double[] shift) =>
            TestNumbers.Dot(dY, LayerNormReference.Forward(input, scale, shift, rows, width, Epsilon).Y);
        var gradient = LayerNormReference.Backward(dY, x, weight, rows, width, Epsilon);
        Agreement.IsGradient("dX", gradient.DX, x, at => Loss(at, weight, bias));
        Agreement.IsGradient("dWeight", gradient.DWeight, weight, at => Loss(x, at, bias));
        Agreement.IsGradient("dBias", gradient.DBias, bias, at => Loss(x, weight, at));
    }

    [Test]
    public void Repetition_gives_the_same_bits() => Agreement.SameBits(memory => Everything(memory, new TestNumbers(2).Uniform(700 * 197)));

    [Test]
    public void A_NaN_is_not_hidden()
    {
        float[] x = new TestNumbers(3).Uniform(700 * 197);
        x[197 * 5] = float.NaN;
        using TestMemory memory = new();
        float[] results = Everything(memory, x);
        Assert.That(results[(197 * 5)..(197 * 6)], Has.All.NaN, "y");
        Assert.That(results[^394..^197], Has.All.NaN, "dWeight");
    }

    /// <summary>y, dX, dWeight and dBias of 700 rows of 197, enough for several parts.</summary>
    private static float[] Everything(TestMemory memory, float[] x)
    {
        const int rows = 700, width = 197;
        TestNumbers numbers = new(4);
        DeviceSpan weight = memory.Upload(numbers.Uniform(width)), input = memory.Upload(x), y = memory.Output(x.Length),
            mean = memory.Output(rows), rstd = memory.Output(rows);
        DeviceSpan dX = memory.Output(x.Length), dWeight = memory.Output(width), dBias = memory.Output(width);
        memory.Kernels.LayerNorm.Forward(y, mean, rstd, input, weight, weight, rows, width, Epsilon);
        memory.Kernels.LayerNorm.Backward(dX, dWeight, dBias, memory.Upload(numbers.Uniform(x.Length)), input, mean, rstd, weight, rows,
            width, false, false);
        return [.. memory.Download(y), .. memory.Download(dX), .. memory.Download(dWeight), .. memory.Download(dBias)];
    }

    private static float[] Narrow(double[] values) => [.. values.Select(value => (float)value)];
}
