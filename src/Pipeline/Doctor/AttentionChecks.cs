using DoRA.Kernels;
using DoRA.Kernels.Attention;

namespace DoRA.Pipeline.Doctor;

/// <summary>Attention of ViT-small at 8 frames of 224 pixels.</summary>
internal static class AttentionChecks
{
    private static readonly AttentionSize Size = new(8, 197, 197, 6, 64);

    public static IEnumerable<OperationCheck> All => [Forward(), Backward()];

    private static string Shape => $"{Size.Batch}×{Size.Heads}×{Size.Tokens}×{Size.HeadDim}";

    private static double Flops => 4.0 * Size.Batch * Size.Heads * Size.Tokens * Size.Tokens * Size.HeadDim;

    private static int Rows => Size.Batch * Size.Tokens;

    private static OperationCheck Forward()
    {
        Inputs inputs = new();
        return new("attention/forward", Shape, memory =>
        {
            DeviceSpan qkv = memory.Activations(inputs.Qkv), output = memory.EmptyActivations((long)Rows * Size.Width);
            DeviceSpan sums = memory.EmptyFloats(Rows * Size.Heads);
            return new(() => memory.Kernels.Attention.Forward(output, sums, default, Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), Size), output);
        })
        {
            Flops = Flops,
            Activations = 4.0 * Rows * Size.Width,
            Truth = i => inputs.Output(i / Size.Width, i % Size.Width),
        };
    }

    private static OperationCheck Backward()
    {
        Inputs inputs = new();
        return new("attention/backward", Shape, memory =>
        {
            DeviceSpan qkv = memory.Activations(inputs.Qkv), output = memory.EmptyActivations((long)Rows * Size.Width);
            DeviceSpan sums = memory.EmptyFloats(Rows * Size.Heads), dOutput = memory.Activations(inputs.DOutput), dQkv = memory.EmptyActivations(qkv.Length);
            memory.Kernels.Attention.Forward(output, sums, default, Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), Size);
            return new(() => memory.Kernels.Attention.Backward(
                Part(dQkv, 0), Part(dQkv, 1), Part(dQkv, 2), dOutput, output, sums, Part(qkv, 0), Part(qkv, 1), Part(qkv, 2), Size), dQkv);
        })
        {
            Flops = 2.5 * Flops,
            Activations = 8.0 * Rows * Size.Width,
            Truth = i => inputs.Gradient(i / (3 * Size.Width), i % (3 * Size.Width)),
        };
    }

    private static RowSpan Part(DeviceSpan span, int index) => new(span.Slice(index * Size.Width), 3 * Size.Width);

    /// <summary>Packed queries, keys and values, and the formulas over them.</summary>
    private sealed class Inputs
    {
        public float[] Qkv { get; } = CheckNumbers.Uniform(11, 3L * Rows * Size.Width, 2);

        public float[] DOutput { get; } = CheckNumbers.Uniform(12, (long)Rows * Size.Width);

        public double Output(int row, int column)
        {
            double[] p = Probabilities(row, column / Size.HeadDim);
            return p.Select((share, j) => share * Qkv[At(FirstRow(row) + j, 2, column)]).Sum();
        }

        public double Gradient(int row, int packed)
        {
            (int part, int column) = (packed / Size.Width, packed % Size.Width);
            int first = FirstRow(row), head = column / Size.HeadDim;
            return part switch
            {
                0 => Enumerable.Range(first, Size.Tokens).Sum(j => Score(row, j, head) * Qkv[At(j, 1, column)]) * Size.Scale,
                1 => Enumerable.Range(first, Size.Tokens).Sum(i => Score(i, row, head) * Qkv[At(i, 0, column)]) * Size.Scale,
                _ => Enumerable.Range(first, Size.Tokens).Sum(i => Probabilities(i, head)[row - first] * DOutput[(i * Size.Width) + column]),
            };
        }

        /// <summary>dS of query i and key j.</summary>
        private double Score(int i, int j, int head)
        {
            double[] p = Probabilities(i, head);
            double DotValue(int key) => CheckNumbers.Dot(
                DOutput, ((long)i * Size.Width) + (head * Size.HeadDim), Qkv, At(key, 2, head * Size.HeadDim), Size.HeadDim);
            double mean = p.Select((share, key) => share * DotValue(FirstRow(i) + key)).Sum();
            return p[j - FirstRow(i)] * (DotValue(j) - mean);
        }

        private double[] Probabilities(int row, int head) => CheckNumbers.Softmax(Enumerable.Range(FirstRow(row), Size.Tokens).Select(j =>
            Size.Scale * CheckNumbers.Dot(Qkv, At(row, 0, head * Size.HeadDim), Qkv, At(j, 1, head * Size.HeadDim), Size.HeadDim)));

        private static int FirstRow(int row) => row / Size.Tokens * Size.Tokens;

        private static long At(int row, int part, int column) => (((long)row * 3) + part) * Size.Width + column;
    }
}
