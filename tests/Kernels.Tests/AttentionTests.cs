using CsCheck;
using DoRA.Kernels.Attention;
using DoRA.Kernels.Primitives;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class AttentionTests
{
    private const double Unit = 1 / 16777216.0;

    private static readonly int[] s_headDims = [1, 3, 8, 12, 16, 20, 24, 31, 32, 48, 64];

    private static readonly Gen<(AttentionSize Size, int Seed)> s_sizes = Gen.Select(
        Gen.Int[1, 3], Gen.Int[1, 75], Gen.Int[1, 4], Gen.Int[0, s_headDims.Length - 1], Gen.Int[0, 2], Gen.Int[0, int.MaxValue],
        (batch, tokens, heads, headDim, single, seed) => (new AttentionSize(batch, single == 0 ? 1 : tokens, tokens, heads, s_headDims[headDim]), seed));

    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Forward_and_backward_are_the_reference(object width) =>
        s_sizes.Sample(size => Check((VectorWidth)width, size.Size, size.Seed, 1), iter: 60, threads: 1);

    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Several_blocks_of_queries(object width) => Check((VectorWidth)width, new(1, 197, 197, 2, 64), 1, 1);

    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Fewer_queries_than_tokens(object width) => Check((VectorWidth)width, new(2, 5, 40, 2, 16), 2, 1);

    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Scores_far_apart_leave_one_key_and_no_infinity(object width)
    {
        Check((VectorWidth)width, new(1, 33, 33, 1, 8), 3, 40);
        Check((VectorWidth)width, new(1, 1, 33, 1, 8), 4, 40);
    }

    [Test]
    public void The_threads_do_not_change_a_bit()
    {
        AttentionSize size = new(2, 101, 101, 3, 24);
        Random random = new(9);
        double[] query = CpuArrays.Random(random, 202 * 72), key = CpuArrays.Random(random, 202 * 72), value = CpuArrays.Random(random, 202 * 72), dOutput = CpuArrays.Random(random, 202 * 72);
        float[] With(int threads)
        {
            using CpuArrays arrays = new(threads);
            Result result = Run(arrays, VectorWidths.Widest, size, query, key, value, dOutput);
            return [.. result.Output, .. result.LogSumExp, .. result.ClsAttention, .. result.DQuery, .. result.DKey, .. result.DValue];
        }

        float[] once = With(1);
        foreach (int threads in (int[])[2, 2, 5])
        {
            Assert.That(With(threads), Is.EqualTo(once));
        }
    }

    [Test]
    public void The_references_gradients_are_central_differences()
    {
        AttentionReference reference = new(2, 3, 3, 2, 2);
        Random random = new(11);
        double[] query = CpuArrays.Random(random, 24), key = CpuArrays.Random(random, 24), value = CpuArrays.Random(random, 24), dOutput = CpuArrays.Random(random, 24);
        (double[] dQuery, double[] dKey, double[] dValue) = reference.Backward(dOutput, query, key, value);
        CpuArrays.CheckGradient("dQuery", dQuery, query, dOutput, () => reference.Forward(query, key, value).Output);
        CpuArrays.CheckGradient("dKey", dKey, key, dOutput, () => reference.Forward(query, key, value).Output);
        CpuArrays.CheckGradient("dValue", dValue, value, dOutput, () => reference.Forward(query, key, value).Output);
    }

    private static void Check(VectorWidth width, AttentionSize size, int seed, double spread)
    {
        using CpuArrays arrays = new();
        Random random = new(seed);
        int queries = size.Batch * size.Queries * size.Width, keys = size.Batch * size.Tokens * size.Width;
        double[] query = [.. CpuArrays.Random(random, queries).Select(x => (double)(float)(x * spread))];
        double[] key = CpuArrays.Random(random, keys), value = CpuArrays.Random(random, keys), dOutput = CpuArrays.Random(random, queries);
        Result actual = Run(arrays, width, size, query, key, value, dOutput);

        AttentionReference reference = new(size.Batch, size.Queries, size.Tokens, size.Heads, size.HeadDim);
        (double[] output, double[] logSumExp, double[] probabilities) = reference.Forward(query, key, value);
        (double[] dQuery, double[] dKey, double[] dValue) = reference.Backward(dOutput, query, key, value);

        // Σ|q||k| ≤ spread · headDim, so a score is off by (headDim + 2) u · spread · √headDim at most, and so is the log-sum-exp, beside
        // its own sum. A probability is off by that and the exponential's 2e-7, twice (numerator and sum), relative to itself.
        double score = (size.HeadDim + 2) * Unit * spread * Math.Sqrt(size.HeadDim);
        double probability = 2 * (score + 2e-7 + (size.Tokens * Unit)) + (16 * Unit * spread * Math.Sqrt(size.HeadDim));
        CpuArrays.Check("logSumExp", actual.LogSumExp, logSumExp, i => probability + (4 * Unit * Math.Abs(logSumExp[i])));
        CpuArrays.Check("clsAttention", actual.ClsAttention, [.. Enumerable.Range(0, size.Batch * size.Heads).SelectMany(part => probabilities.Skip(part * size.Queries * size.Tokens).Take(size.Tokens))], _ => probability);

        // |v| < 1 and probabilities sum to 1.
        double combined = probability + (size.Tokens * Unit);
        CpuArrays.Check("output", actual.Output, output, _ => combined);

        // |dP − D| ≤ 2 headDim, its error (headDim + tokens) u of that and D's from the output's; dS is P times it, and P sums to 1 over keys,
        // to at most `queries` over queries.
        double dScore = size.Scale * size.HeadDim * ((4 * probability) + (4 * (size.HeadDim + size.Tokens) * Unit));
        CpuArrays.Check("dQuery", actual.DQuery, dQuery, _ => 2 * dScore);
        CpuArrays.Check("dKey", actual.DKey, dKey, _ => 2 * dScore * size.Queries * spread);
        CpuArrays.Check("dValue", actual.DValue, dValue, _ => size.Queries * (probability + (size.Queries * Unit)));
    }

    private static Result Run(CpuArrays arrays, VectorWidth width, AttentionSize size, double[] query, double[] key, double[] value, double[] dOutput)
    {
        int stride = (3 * size.Width) + 5, queries = size.Batch * size.Queries * size.Width;
        AttentionKernels attention = CpuAttention.Create(arrays.Threads, width);
        RowSpan Rows(double[] values) => arrays.UploadRows(values, size.Width, stride);
        RowSpan Empty(double[] values) => Rows([.. values.Select(_ => double.NaN)]);
        RowSpan q = Rows(query), k = Rows(key), v = Rows(value), dQ = Empty(query), dK = Empty(key), dV = Empty(value);
        DeviceSpan output = arrays.Undefined(queries), logSumExp = arrays.Undefined(size.Batch * size.Heads * size.Queries);
        DeviceSpan clsAttention = arrays.Undefined(size.Batch * size.Heads * size.Tokens);
        attention.Forward(output, logSumExp, clsAttention, q, k, v, size);
        attention.Backward(dQ, dK, dV, arrays.Upload(dOutput), output, logSumExp, q, k, v, size);
        return new(arrays.Download(output), arrays.Download(logSumExp), arrays.Download(clsAttention),
            arrays.DownloadRows(dQ, size.Width), arrays.DownloadRows(dK, size.Width), arrays.DownloadRows(dV, size.Width));
    }

    private sealed record Result(float[] Output, float[] LogSumExp, float[] ClsAttention, float[] DQuery, float[] DKey, float[] DValue);
}
