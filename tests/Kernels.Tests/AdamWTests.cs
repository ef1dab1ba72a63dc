using CsCheck;
using DoRA.Kernels.AdamW;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class AdamWTests
{
    private static readonly AdamWSettings Settings = new(0.002, 0.3, 0.9, 0.999, 1e-8, 0.5, 0.99);

    [Test]
    public void A_step_agrees_with_the_reference() => Gen.Select(Gen.Int[1, 90].Array[1, 5], Gen.Int[0, 1 << 20]).Sample(
        (lengths, seed) =>
        {
            TestNumbers numbers = new(seed);
            AdamWSegment[] segments = Segments(lengths, numbers);
            Buffers buffers = new(segments, numbers);
            using TestMemory memory = new();
            (float[] norms, Buffers after) = Run(memory, buffers, segments);
            for (int index = 0; index < segments.Length; index++)
            {
                (int start, int length) = ((int)segments[index].Offset, segments[index].Length);
                double[] Part(float[] values) => Agreement.Wide(values[start..(start + length)]);
                AdamWReference.State before = new(Part(buffers.Weights), Part(buffers.Mean), Part(buffers.Variance), Part(buffers.Teacher));
                AdamWReference.Settings settings = new(
                    Settings.LearningRate, Settings.WeightDecay, Settings.Beta1, Settings.Beta2, Settings.Epsilon, Settings.ClipNorm,
                        Settings.TeacherMomentum);
                (AdamWReference.State expected, double norm) =
                    AdamWReference.Step(before, Part(buffers.Gradients), settings, segments[index].WeightDecay, segments[index].Step);

                // All numbers lie in [−1, 1]; the step itself is learningRate times a quotient whose relative error is some ten roundings
                // and that
                // of the norm. The quotient is at most 1/√(variance) with variances from 0.01, bias-corrected: below 40.
                double relative = Agreement.SumError(length, 1) + (12 * Agreement.Rounding);
                Agreement.Near("norm", [norms[index]], [norm], relative * norm);
                Agreement.Near("mean", after.Mean[start..(start + length)], expected.Mean, relative);
                Agreement.Near("variance", after.Variance[start..(start + length)], expected.Variance, relative);
                Agreement.Near("weights", after.Weights[start..(start + length)], expected.Weights,
                    (40 * relative * Settings.LearningRate) + (4 * Agreement.Rounding));
                Agreement.Near("teacher", after.Teacher[start..(start + length)], expected.Teacher,
                    (40 * relative * Settings.LearningRate) + (6 * Agreement.Rounding));
            }
        },
        iter: 60, threads: 1);

    [Test]
    public void A_tensor_at_step_0_keeps_weights_and_moments_while_its_teacher_follows()
    {
        AdamWSegment[] segments = [new(0, 21, true, 0)];
        Buffers buffers = new(segments, new TestNumbers(1));
        using TestMemory memory = new();
        Buffers after = Run(memory, buffers, segments).After;
        Assert.That(after.Weights, Is.EqualTo(buffers.Weights));
        Assert.That(after.Mean, Is.EqualTo(buffers.Mean));
        Assert.That(after.Variance, Is.EqualTo(buffers.Variance));
        Assert.That(after.Teacher[..21], Has.Some.Not.EqualTo(buffers.Teacher[0]));
        Assert.That(after.Teacher[..21], Is.Not.EqualTo(buffers.Teacher[..21]));
    }

    [Test]
    public void Repetition_gives_the_same_bits() => Agreement.SameBits(memory => Everything(memory, 0.25f));

    [Test]
    public void A_gradient_that_is_no_number_shows_in_its_norm_and_moves_nothing([Values(float.NaN, float.PositiveInfinity)] float bad)
    {
        using TestMemory memory = new();
        AdamWSegment[] segments = [new(0, 50001, true, 3), new(50016, 17, false, 3)];
        Buffers buffers = new(segments, new TestNumbers(2));
        buffers.Gradients[0] = bad;
        (float[] norms, Buffers after) = Run(memory, buffers, segments);
        Assert.That(float.IsFinite(norms[0]), Is.False, "the norm");
        Assert.That(after.Weights[..50001], Is.EqualTo(buffers.Weights[..50001]), "the weights");
        Assert.That(after.Mean[..50001], Is.EqualTo(buffers.Mean[..50001]), "the moments");
        Assert.That(after.Teacher[..50001], Is.EqualTo(buffers.Teacher[..50001]), "the teacher");
        Assert.That(after.Weights[50016], Is.Not.EqualTo(buffers.Weights[50016]).And.Not.NaN, "another tensor's weights");
    }

    private static float[] Everything(TestMemory memory, float firstGradient)
    {
        AdamWSegment[] segments = [new(0, 50001, true, 3), new(50016, 17, false, 3), new(50048, 20000, true, 0)];
        Buffers buffers = new(segments, new TestNumbers(2));
        buffers.Gradients[0] = firstGradient;
        (float[] norms, Buffers after) = Run(memory, buffers, segments);
        return [.. norms, .. after.Weights, .. after.Mean, .. after.Variance, .. after.Teacher];
    }

    private static AdamWSegment[] Segments(int[] lengths, TestNumbers numbers)
    {
        AdamWSegment[] segments = new AdamWSegment[lengths.Length];
        long offset = 0;
        for (int index = 0; index < lengths.Length; index++)
        {
            segments[index] = new(offset, lengths[index], numbers.Integer(2) == 0, numbers.Integer(4));
            offset += (lengths[index] + 15) / 16 * 16;
        }

        return segments;
    }

    private static (float[] Norms, Buffers After) Run(TestMemory memory, Buffers buffers, AdamWSegment[] segments)
    {
        DeviceSpan norms = memory.Output(segments.Length);
        DeviceSpan weights = memory.Upload(buffers.Weights), mean = memory.Upload(buffers.Mean), variance = memory.Upload(buffers.Variance),
            teacher = memory.Upload(buffers.Teacher);
        memory.Kernels.AdamW.Step(norms, new(weights, memory.Upload(buffers.Gradients), mean, variance, teacher), segments, Settings);
        return (memory.Download(norms), new(memory.Download(weights), buffers.Gradients, memory.Download(mean), memory.Download(variance),
            memory.Download(teacher)));
    }

    private sealed record Buffers(float[] Weights, float[] Gradients, float[] Mean, float[] Variance, float[] Teacher)
    {
        public Buffers(AdamWSegment[] segments, TestNumbers numbers) : this(
            numbers.Uniform(Length(segments)), numbers.Uniform(Length(segments)), numbers.Uniform(Length(segments)),
                numbers.Uniform(Length(segments), 0.01f), numbers.Uniform(Length(segments)))
        {
        }

        private static int Length(AdamWSegment[] segments) => (int)(segments[^1].Offset + ((segments[^1].Length + 15) / 16 * 16));
    }
}
