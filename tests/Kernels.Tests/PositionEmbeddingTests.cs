using CsCheck;
using DoRA.Kernels.PositionEmbedding;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class PositionEmbeddingTests
{
    [Test]
    public void Both_directions_agree_with_the_reference() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 70], Gen.Bool).Sample(
        (source, height, width, embedding, accumulate) =>
        {
            PositionEmbeddingSize size = new(source, height, width, embedding);
            TestNumbers numbers = new(source + embedding);
            float[] table = numbers.Uniform((1 + (source * source)) * embedding),
                dResized = numbers.Uniform((1 + (height * width)) * embedding), held = numbers.Uniform(table.Length);
            using TestMemory memory = new();
            DeviceSpan resized = memory.Output(dResized.Length), dTable = accumulate ? memory.Upload(held) : memory.Output(table.Length);
            memory.Kernels.PositionEmbedding.Forward(resized, memory.Upload(table), size);
            memory.Kernels.PositionEmbedding.Backward(dTable, memory.Upload(dResized), size, accumulate);

            // 16 weights, whose magnitudes sum to at most 1.5² (the kernel's lobes are −0.14 and below), each with three roundings of its
            // own.
            Agreement.Near("resized", memory.Download(resized),
                PositionEmbeddingReference.Forward(Agreement.Wide(table), source, height, width, embedding),
                20 * 2.25 * Agreement.Rounding);
            double[] gradient = PositionEmbeddingReference.Backward(Agreement.Wide(dResized), source, height, width, embedding);
            // A table row gathers at most all of the outputs' weights, added one after another.
            int terms = 16 * height * width;
            Agreement.Near("dTable", memory.Download(dTable), accumulate ? [.. gradient.Zip(held, (a, b) => a + b)] : gradient,
                (terms + 4) * Agreement.Rounding * ((2.25 * height * width) + 1));
        },
        iter: 60, threads: 1);

    [Test]
    public void The_native_size_is_a_copy()
    {
        float[] table = new TestNumbers(1).Uniform(17 * 5);
        using TestMemory memory = new();
        DeviceSpan resized = memory.Output(table.Length);
        memory.Kernels.PositionEmbedding.Forward(resized, memory.Upload(table), new(4, 4, 4, 5));
        Assert.That(memory.Download(resized), Is.EqualTo(table));
    }

    [Test]
    public void The_reference_s_gradient_is_the_central_difference()
    {
        TestNumbers numbers = new(1);
        double[] table = Agreement.Wide(numbers.Uniform(10 * 2)), dResized = Agreement.Wide(numbers.Uniform(21 * 2));
        Agreement.IsGradient("dTable", PositionEmbeddingReference.Backward(dResized, 3, 4, 5, 2), table,
            at => TestNumbers.Dot(dResized, PositionEmbeddingReference.Forward(at, 3, 4, 5, 2)));
    }

    [Test]
    public void Repetition_gives_the_same_bits() => Agreement.SameBits(memory =>
    {
        PositionEmbeddingSize size = new(14, 6, 7, 199);
        TestNumbers numbers = new(2);
        DeviceSpan resized = memory.Output(43 * 199), dTable = memory.Output(197 * 199);
        memory.Kernels.PositionEmbedding.Forward(resized, memory.Upload(numbers.Uniform(197 * 199)), size);
        memory.Kernels.PositionEmbedding.Backward(dTable, memory.Upload(numbers.Uniform(43 * 199)), size, false);
        return [.. memory.Download(resized), .. memory.Download(dTable)];
    });

    [Test]
    public void A_NaN_is_not_hidden()
    {
        float[] table = new TestNumbers(3).Uniform(10 * 5);
        table[5] = float.NaN;
        using TestMemory memory = new();
        DeviceSpan resized = memory.Output(17 * 5);
        memory.Kernels.PositionEmbedding.Forward(resized, memory.Upload(table), new(3, 4, 4, 5));
        Assert.That(memory.Download(resized)[5], Is.NaN, "the first corner");
        Assert.That(memory.Download(resized)[..5], Has.None.NaN, "CLS");
    }
}
