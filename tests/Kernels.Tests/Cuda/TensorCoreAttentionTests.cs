using DoRA.Kernels.Attention;
using DoRA.PtxMachine;
using DoRA.References;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>Attention on tensor cores, held to the reference in double on operands that bfloat16 can hold.</summary>
public sealed class TensorCoreAttentionTests
{
    private const int HeadDim = 64;

    [TestCase(2, 10, 10, 2)]
    [TestCase(1, 37, 37, 3)]
    [TestCase(2, 50, 50, 1)]
    [TestCase(1, 65, 65, 2)]
    [TestCase(1, 197, 197, 2)]
    [TestCase(1, 1025, 1025, 1)]
    [TestCase(3, 1, 50, 2)]
    [TestCase(1, 33, 129, 1)]
    [TestCase(1, 70, 3, 1)]
    public void Forward_and_backward_are_the_reference(int batch, int queries, int tokens, int heads) =>
        Check(new(batch, queries, tokens, heads, HeadDim), -1, 1, 1);

    /// <summary>Scores of some ±20: nearly all probability on one key.</summary>
    [TestCase(50)]
    [TestCase(75)]
    public void Scores_far_apart_leave_one_key(int tokens) => Check(new(1, tokens, tokens, 1, HeadDim), -24, 24, 1);

    /// <summary>Scores of some -120: e^(0 − logSumExp), which a key that does not exist would have, is infinite.</summary>
    [TestCase(20)]
    [TestCase(50)]
    public void Scores_far_below_zero_make_no_infinity(int tokens) => Check(new(1, tokens, tokens, 1, HeadDim), 0, 60, 0);

    private static void Check(AttentionSize size, float lowQuery, float highQuery, float highKey)
    {
        using CudaBench machine = CudaBench.OnMachine(new(), ElementType.BFloat16),
            shuffled = CudaBench.OnMachine(new() { Seed = 3, UnluckyAlignment = true }, ElementType.BFloat16),
            perturbed = CudaBench.OnMachine(new() { PerturbationSeed = 5 }, ElementType.BFloat16);
        TestNumbers numbers = new(size.Tokens);
        int queryElements = size.Batch * size.Queries * size.Width, keyElements = size.Batch * size.Tokens * size.Width;
        Operands operands = new(
            CudaBench.Rounded(numbers.Uniform(queryElements, lowQuery, highQuery)),
            CudaBench.Rounded(numbers.Uniform(keyElements, -1, highKey)),
            CudaBench.Rounded(numbers.Uniform(keyElements)), CudaBench.Rounded(numbers.Uniform(queryElements)));
        float[][] actual = Run(machine, size, operands), again = Run(shuffled, size, operands);
        Assert.That(again.SelectMany(result => result).Select(BitConverter.SingleToInt32Bits),
            Is.EqualTo(actual.SelectMany(result => result).Select(BitConverter.SingleToInt32Bits)), "the order of groups or warps");

        AttentionReference reference = new(size.Batch, size.Queries, size.Tokens, size.Heads, size.HeadDim);
        double[] query = Agreement.Wide(operands.Query), key = Agreement.Wide(operands.Key), value = Agreement.Wide(operands.Value);
        (double[] output, double[] logSumExp, double[] probabilities) = reference.Forward(query, key, value);
        (double[] dQuery, double[] dKey, double[] dValue) = reference.Backward(Agreement.Wide(operands.DOutput), query, key, value);
        double[] clsAttention = [.. Enumerable.Range(0, size.Batch * size.Heads)
            .SelectMany(head => probabilities.Skip(head * size.Queries * size.Tokens).Take(size.Tokens))];
        // As in AttentionTests: a score is a sum of 64 products below the largest query, times 1/8; exponentials are off by 2⁻²² and their
        // argument's roundings.
        double score = (HeadDim + 4) * Agreement.Rounding * highQuery * Math.Sqrt(HeadDim),
            probability = 2 * (2 * score + 1e-6 + (size.Tokens * Agreement.Rounding));
        (double fromDInQuery, double fromDInKey) = ErrorsFromD(size, operands, output, probabilities, reference);
        foreach (float[][] result in (float[][][])[actual, Run(perturbed, size, operands)])
        {
            IsNear("output", result[0], output, 0);
            Agreement.Near("logSumExp", result[1], logSumExp, probability, 4 * Agreement.Rounding);
            Agreement.Near("clsAttention", result[2], clsAttention, probability);
            IsNear("dQuery", result[3], dQuery, fromDInQuery);
            IsNear("dKey", result[4], dKey, fromDInKey);
            IsNear("dValue", result[5], dValue, 0);
        }
    }

    /// <summary>
    /// Two roundings to bfloat16 lie between the operands and a result: of the probabilities (or their gradients) before their product, and
    /// of the result. They are independent, with a deviation of at most u/√3 each of what they round, and the sums are of terms of random
    /// sign, which grow as their errors do: √2 u/√3 = 0.82 u of the result's norm; and what the stored output brings.
    /// </summary>
    private static void IsNear(string what, float[] actual, double[] expected, double fromOutput)
    {
        double difference = Math.Sqrt(actual.Zip(expected).Sum(pair => Math.Pow(pair.First - pair.Second, 2))),
            norm = Math.Sqrt(expected.Sum(value => value * value));
        Assert.That(difference <= (Agreement.BFloat16Rounding * norm) + (2 * fromOutput) + 1e-6,
            $"{what} is off by {difference / norm:p2} of its norm");
    }

    /// <summary>
    /// The deviations of dQ and dK, as norms, that the output's rounding in D = dO · O makes: dS_ij is off by P_ij δD_i, with
    /// δD_i² = u²/3 Σ (dO O)². Where one key has nearly all probability dP − D cancels, and they count.
    /// </summary>
    private static (double Query, double Key) ErrorsFromD(AttentionSize size, Operands operands, double[] output, double[] probabilities,
        AttentionReference reference)
    {
        double[] key = Agreement.Wide(operands.Key), meanKeys = reference.Forward(Agreement.Wide(operands.Query), key, key).Output;
        double inQuery = 0, inKey = 0;
        for (int row = 0; row < size.Batch * size.Heads * size.Queries; row++)
        {
            int image = row / (size.Heads * size.Queries), head = row / size.Queries % size.Heads,
                at = (((image * size.Queries) + (row % size.Queries)) * size.Width) + (head * HeadDim);
            double SquareSum(Func<int, double> term) => Enumerable.Range(at, HeadDim).Sum(i => term(i) * term(i));
            double dSquared = Math.Pow(Agreement.BFloat16Rounding * size.Scale, 2) / 3 * SquareSum(i => operands.DOutput[i] * output[i]);
            inQuery += dSquared * SquareSum(i => meanKeys[i]);
            inKey += dSquared * SquareSum(i => operands.Query[i]) * probabilities.Skip(row * size.Tokens).Take(size.Tokens).Sum(p => p * p);
        }

        return (Math.Sqrt(inQuery), Math.Sqrt(inKey));
    }

    private static float[][] Run(CudaBench bench, AttentionSize size, Operands operands)
    {
        AttentionKernels attention = bench.Device.Kernels.Attention;
        int width = size.Width, stride = (3 * width) + 8;
        RowSpan Rows(float[] values, int column)
        {
            float[] packed = new float[values.Length / width * stride];
            for (int i = 0; i < values.Length; i++)
            {
                packed[(i / width * stride) + column + (i % width)] = values[i];
            }

            return new(bench.Activations(packed).Slice(column), stride);
        }

        RowSpan Undefined(float[] values) => new(bench.UndefinedActivations(values.Length / width * stride).Slice(8), stride);
        float[] Dense(RowSpan rows, int length)
        {
            // Only the columns that belong to the rows were written.
            float[] dense = new float[length];
            for (int row = 0; row < length / width; row++)
            {
                bench.Download(rows.Span.Slice((long)row * stride, width)).CopyTo(dense, row * width);
            }

            return dense;
        }

        RowSpan query = Rows(operands.Query, 0), key = Rows(operands.Key, width), value = Rows(operands.Value, 2 * width);
        RowSpan dQuery = Undefined(operands.Query), dKey = Undefined(operands.Key), dValue = Undefined(operands.Value);
        DeviceSpan output = bench.UndefinedActivations(operands.Query.Length),
            logSumExp = bench.Undefined(size.Batch * size.Heads * size.Queries),
            clsAttention = bench.Undefined(size.Batch * size.Heads * size.Tokens);
        attention.Forward(output, logSumExp, clsAttention, query, key, value, size);
        attention.Backward(dQuery, dKey, dValue, bench.Activations(operands.DOutput), output, logSumExp, query, key, value, size);
        Assert.That(bench.Launches.Select(launch => launch.Counts.TensorInstructions), Has.All.Positive, "no general kernel");
        return [bench.Download(output), bench.Download(logSumExp), bench.Download(clsAttention), Dense(dQuery, operands.Query.Length),
            Dense(dKey, operands.Key.Length), Dense(dValue, operands.Value.Length)];
    }

    private sealed record Operands(float[] Query, float[] Key, float[] Value, float[] DOutput);
}
