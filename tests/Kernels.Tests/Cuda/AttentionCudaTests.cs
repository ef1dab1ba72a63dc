using DoRA.Kernels.Attention;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class AttentionCudaTests
{
    [TestCase(2, 37, 37, 2, 24, ElementType.Float32)]
    [TestCase(1, 1, 50, 2, 64, ElementType.Float32)]
    [TestCase(1, 11, 11, 1, 3, ElementType.Float32)]
    [TestCase(1, 40, 33, 1, 33, ElementType.Float32)]
    [TestCase(2, 37, 37, 2, 24, ElementType.BFloat16)]
    [TestCase(1, 1, 50, 2, 64, ElementType.BFloat16)]
    public void Forward_and_backward_are_the_cpu_s(int batch, int queries, int tokens, int heads, int headDim, ElementType activations)
    {
        AttentionSize size = new(batch, queries, tokens, heads, headDim);
        // As in AttentionTests, on both engines: a score is off by (headDim + 2) u √headDim, a probability by that, its sum's roundings and
        // the exponential's 2⁻²², relative to itself; the card's logarithm adds 2⁻²².
        double score = (headDim + 2) * Agreement.Rounding * Math.Sqrt(headDim),
            probability = 2 * (2 * (score + 1e-6 + (tokens * Agreement.Rounding))),
            combined = probability + (2 * tokens * Agreement.Rounding),
            dScore = size.Scale * headDim * ((4 * probability) + (8 * (headDim + tokens) * Agreement.Rounding));
        // Backward's D is made of the output as it is stored.
        dScore += activations == ElementType.BFloat16 ? size.Scale * headDim * Agreement.BFloat16Rounding : 0;
        CudaBench.Compare(
            activations,
            kernels => kernels.Attention,
            (bench, op) =>
            {
                TestNumbers numbers = new(headDim);
                int width = size.Width, stride = (3 * width) + 1;
                RowSpan query = new(bench.Activations(numbers.Uniform(batch * queries * stride)), stride),
                    dQuery = new(bench.Activations(new float[batch * queries * stride]), stride);
                DeviceSpan packed = bench.Activations(numbers.Uniform(batch * tokens * stride)),
                    dPacked = bench.Activations(new float[batch * tokens * stride]);
                RowSpan key = new(packed.Slice(width), stride), value = new(packed.Slice(2 * width), stride);
                DeviceSpan output = bench.UndefinedActivations(batch * queries * width), logSumExp = bench.Undefined(batch * heads * queries),
                    cls = bench.Undefined(batch * heads * tokens);
                op.Forward(output, logSumExp, cls, query, key, value, size);
                op.Backward(dQuery, new(dPacked.Slice(width), stride), new(dPacked.Slice(2 * width), stride),
                    bench.Activations(numbers.Uniform(batch * queries * width)), output, logSumExp, query, key, value, size);
                return [bench.Download(output), bench.Download(logSumExp), bench.Download(cls), bench.Download(dQuery.Span),
                    bench.Download(dPacked)];
            },
            combined, probability + 1e-6, probability, 2 * dScore, queries * ((2 * dScore) + probability + (queries * Agreement.Rounding)));
    }

    /// <summary>Scores of ±60 leave one key; the attention of query 0 is not asked for.</summary>
    [Test]
    public void Scores_far_apart_leave_one_key_and_no_infinity()
    {
        AttentionSize size = new(1, 35, 35, 1, 8);
        // A score's error grows with its size: some 60 · 10 roundings, and the argument of the power of two is rounded too.
        CudaBench.Compare(
            kernels => kernels.Attention,
            (bench, op) =>
            {
                TestNumbers numbers = new(5);
                DeviceSpan output = bench.Undefined(35 * 8), logSumExp = bench.Undefined(35);
                op.Forward(output, logSumExp, default, new(bench.Upload(numbers.Uniform(35 * 8, -40, 40)), 8),
                    new(bench.Upload(numbers.Uniform(35 * 8)), 8), new(bench.Upload(numbers.Uniform(35 * 8)), 8), size);
                return [bench.Download(output), bench.Download(logSumExp)];
            },
            4 * 600 * Agreement.Rounding, 2 * 600 * Agreement.Rounding);
    }
}
