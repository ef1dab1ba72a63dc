using CsCheck;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class L2NormalizeTests
{
    [Test]
    public void Both_directions_agree_with_the_reference() => TestNumbers.RowsAndWidth.Sample(
        shape =>
        {
            (int rows, int width, int seed) = shape;
            TestNumbers numbers = new(seed);
            float[] x = numbers.Uniform(rows * width), dY = numbers.Uniform(rows * width);
            using TestMemory memory = new();
            DeviceSpan y = memory.Output(x.Length), inverseNorm = memory.Output(rows), dX = memory.Output(x.Length);
            memory.Kernels.L2Normalize.Forward(y, inverseNorm, memory.Upload(x), rows, width);
            memory.Kernels.L2Normalize.Backward(dX, memory.Upload(dY), y, inverseNorm, rows, width);

            var expected = L2NormalizeReference.Forward(Agreement.Wide(x), rows, width);
            // A sum of squares has no cancellation: relative errors throughout, and |y| ≤ 1.
            double relative = Agreement.SumError(width, 1), inverse = expected.InverseNorm.Max();
            Agreement.Near("y", memory.Download(y), expected.Y, relative);
            Agreement.Near("inverseNorm", memory.Download(inverseNorm), expected.InverseNorm, relative * inverse);
            // y · dY ≤ √width, a sum of terms that may cancel, times |y| ≤ 1 and 1/‖x‖.
            Agreement.Near("dX", memory.Download(dX), L2NormalizeReference.Backward(Agreement.Wide(dY), Agreement.Wide(x), rows, width),
                3 * relative * (Math.Sqrt(width) + 1) * inverse);
        },
        iter: 60, threads: 1);

    [Test]
    public void The_reference_s_gradient_is_the_central_difference()
    {
        const int rows = 3, width = 4;
        TestNumbers numbers = new(1);
        double[] x = Agreement.Wide(numbers.Uniform(rows * width, 0.5f)), dY = Agreement.Wide(numbers.Uniform(rows * width));
        Agreement.IsGradient("dX", L2NormalizeReference.Backward(dY, x, rows, width), x,
            at => TestNumbers.Dot(dY, L2NormalizeReference.Forward(at, rows, width).Y));
    }

    [Test]
    public void A_row_of_zeros_stays_zero_and_a_NaN_stays_NaN()
    {
        const int width = 5;
        using TestMemory memory = new();
        DeviceSpan y = memory.Output(2 * width), inverseNorm = memory.Output(2);
        memory.Kernels.L2Normalize.Forward(y, inverseNorm, memory.Upload([0f, 0, 0, 0, 0, 1, 2, float.NaN, 3, 4]), 2, width);
        Assert.That(memory.Download(y)[..width], Has.All.Zero);
        Assert.That(memory.Download(y)[width..], Has.All.NaN);
    }

    [Test]
    public void Repetition_gives_the_same_bits() => Agreement.SameBits(memory =>
    {
        const int rows = 500, width = 257;
        TestNumbers numbers = new(2);
        DeviceSpan y = memory.Output(rows * width), inverseNorm = memory.Output(rows), dX = memory.Output(rows * width);
        memory.Kernels.L2Normalize.Forward(y, inverseNorm, memory.Upload(numbers.Uniform(rows * width)), rows, width);
        memory.Kernels.L2Normalize.Backward(dX, memory.Upload(numbers.Uniform(rows * width)), y, inverseNorm, rows, width);
        return [.. memory.Download(y), .. memory.Download(dX)];
    });
}
