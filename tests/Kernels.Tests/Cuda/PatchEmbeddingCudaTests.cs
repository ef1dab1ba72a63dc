using DoRA.Kernels.PatchEmbedding;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class PatchEmbeddingCudaTests
{
    [TestCase(2, 12, 8, 4, 21, true)]
    [TestCase(3, 5, 15, 5, 9, false)]
    public void Forward_and_backward_are_the_cpu_s(int images, int height, int width, int patch, int embedding, bool accumulate)
    {
        PatchEmbeddingSize size = new(images, height, width, patch, embedding);
        int rows = images * size.Patches;
        // Sums of products of numbers below 1 on two engines: LinearCudaTests.
        double Bound(int terms) => 2 * (terms + 8) * Agreement.Rounding * (terms + 2);
        CudaBench.Compare(
            kernels => kernels.PatchEmbedding,
            (bench, op) =>
            {
                TestNumbers numbers = new(height);
                DeviceSpan pixels = bench.Upload(numbers.Uniform(images * 3 * height * width)),
                    embeddings = bench.Undefined(rows * embedding);
                op.Forward(embeddings, pixels, bench.Upload(numbers.Uniform(embedding * size.Inputs)),
                    bench.Upload(numbers.Uniform(embedding)), size);
                DeviceSpan Gradient(int length) => accumulate ? bench.Upload(numbers.Uniform(length)) : bench.Undefined(length);
                DeviceSpan dWeight = Gradient(embedding * size.Inputs), dBias = Gradient(embedding);
                op.Backward(dWeight, dBias, bench.Upload(numbers.Uniform(rows * embedding)), pixels, size, accumulate);
                return [bench.Download(embeddings), bench.Download(dWeight), bench.Download(dBias)];
            },
            Bound(size.Inputs), Bound(rows), Bound(rows));
    }
}
