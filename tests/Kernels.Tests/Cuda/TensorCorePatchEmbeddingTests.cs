using DoRA.Kernels.PatchEmbedding;

namespace DoRA.Kernels.Tests.Cuda;

/// <summary>The patch projection on tensor cores, held to the CPU engine on pixels and weights that bfloat16 can hold.</summary>
public sealed class TensorCorePatchEmbeddingTests
{
    // Patches of whole eights of pixels and embeddings of whole eights: wide loads; the third's gradient is cut along k. Others: one by
    // one.
    [TestCase(2, 16, 24, 8, 24, true)]
    [TestCase(3, 32, 32, 16, 8, false)]
    [TestCase(17, 64, 64, 8, 40, true)]
    [TestCase(2, 12, 8, 4, 21, true)]
    [TestCase(3, 5, 15, 5, 9, false)]
    public void Forward_and_backward_are_the_cpu_s(int images, int height, int width, int patch, int embedding, bool accumulate)
    {
        PatchEmbeddingSize size = new(images, height, width, patch, embedding);
        int rows = images * size.Patches;
        // Sums of products of numbers below 1 on two engines: TensorCoreLinearTests.
        double Bound(int terms) => 2 * (terms + 8) * Agreement.Rounding * (terms + 2);
        CudaBench.Compare(
            ElementType.BFloat16,
            kernels => kernels.PatchEmbedding,
            (bench, op) =>
            {
                TestNumbers numbers = new(height);
                DeviceSpan pixels = bench.Upload(CudaBench.Rounded(numbers.Uniform(images * 3 * height * width)));
                DeviceSpan embeddings = bench.UndefinedActivations(rows * embedding);
                op.Forward(embeddings, pixels, bench.Activations(numbers.Uniform(embedding * size.Inputs)),
                    bench.Upload(numbers.Uniform(embedding)), size);
                DeviceSpan Gradient(int length) => accumulate ? bench.Upload(numbers.Uniform(length)) : bench.Undefined(length);
                DeviceSpan dWeight = Gradient(embedding * size.Inputs), dBias = Gradient(embedding);
                op.Backward(dWeight, dBias, bench.Activations(numbers.Uniform(rows * embedding)), pixels, size, accumulate);
                return [bench.Download(embeddings), bench.Download(dWeight), bench.Download(dBias)];
            },
            Bound(size.Inputs), Bound(rows), Bound(rows));
    }
}
