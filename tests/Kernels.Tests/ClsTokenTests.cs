using CsCheck;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class ClsTokenTests
{
    [Test]
    public void Both_directions_are_the_reference_s() => Gen.Select(Gen.Int[1, 7], Gen.Int[1, 9], Gen.Int[1, 70], Gen.Bool).Sample(
        (views, tokens, width, accumulate) =>
        {
            TestNumbers numbers = new(views + tokens + width);
            float[] x = numbers.Uniform(views * tokens * width), dY = numbers.Uniform(views * width), held = numbers.Uniform(x.Length);
            using TestMemory memory = new();
            DeviceSpan y = memory.Output(dY.Length), dX = accumulate ? memory.Upload(held) : memory.Output(x.Length);
            memory.Kernels.ClsToken.Forward(y, memory.Upload(x), views, tokens, width);
            memory.Kernels.ClsToken.Backward(dX, memory.Upload(dY), views, tokens, width, accumulate);

            // A copy has no error; adding up to 1 and up to 1 has one rounding of 2.
            Agreement.Near("y", memory.Download(y), ClsTokenReference.Forward(Agreement.Wide(x), views, tokens, width), 0);
            double[] gradient = ClsTokenReference.Backward(Agreement.Wide(dY), views, tokens, width);
            Agreement.Near("dX", memory.Download(dX), accumulate ? [.. gradient.Zip(held, (a, b) => a + b)] : gradient,
                accumulate ? 2 * Agreement.Rounding : 0);
        },
        iter: 60, threads: 1);

    [Test]
    public void The_reference_s_gradient_is_the_central_difference()
    {
        const int views = 2, tokens = 3, width = 3;
        TestNumbers numbers = new(1);
        double[] x = Agreement.Wide(numbers.Uniform(views * tokens * width)), dY = Agreement.Wide(numbers.Uniform(views * width));
        Agreement.IsGradient("dX", ClsTokenReference.Backward(dY, views, tokens, width), x,
            at => TestNumbers.Dot(dY, ClsTokenReference.Forward(at, views, tokens, width)));
    }
}
