using DoRA.Kernels.PositionEmbedding;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class PositionEmbeddingCudaTests
{
    [TestCase(5, 3, 7, true)]
    [TestCase(4, 2, 2, false)]
    [TestCase(4, 4, 4, true)]
    [TestCase(4, 4, 4, false)]
    public void Forward_and_backward_are_the_cpu_s(int source, int height, int width, bool accumulate)
    {
        PositionEmbeddingSize size = new(source, height, width, 9);
        int table = (1 + (source * source)) * 9, resized = (1 + (height * width)) * 9;
        // Weights of one output sum to 1 and their magnitudes to less than 1.5 an axis; an output is a sum of 16 terms on one engine, of 4
        // · 4 on the other. A source is read by every output at most.
        double forward = 2 * Agreement.SumError(16, 1.5 * 1.5),
            backward = 2 * Agreement.SumError(height * width, 1 + (1.5 * 1.5 * height * width));
        CudaBench.Compare(
            kernels => kernels.PositionEmbedding,
            (bench, op) =>
            {
                TestNumbers numbers = new(source);
                DeviceSpan result = bench.Undefined(resized), dTable = accumulate ? bench.Upload(numbers.Uniform(table))
                    : bench.Undefined(table);
                op.Forward(result, bench.Upload(numbers.Uniform(table)), size);
                op.Backward(dTable, bench.Upload(numbers.Uniform(resized)), size, accumulate);
                return [bench.Download(result), bench.Download(dTable)];
            },
            forward, backward);
    }
}
