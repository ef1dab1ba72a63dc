using DoRA.Kernels.TokenAssembly;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class TokenAssemblyCudaTests
{
    // The second has several runs of frames.
    [TestCase(true, true, 3, 21, ElementType.Float32)]
    [TestCase(true, false, 25, 20, ElementType.Float32)]
    [TestCase(false, true, 3, 21, ElementType.BFloat16)]
    [TestCase(true, true, 17, 40, ElementType.BFloat16)]
    public void Forward_and_backward_are_the_cpu_s(bool masked, bool accumulate, int frames, int width, ElementType activations)
    {
        TokenAssemblySize size = new(frames, masked ? 2 : 1, 10, width);
        int length = size.Tokens * size.Embedding;
        // A token is three terms below 1. Gradients are sums over views, the bias's also over patches, of terms below 1.
        double overViews = Agreement.SumError(size.Views, 2 * size.Views),
            overAll = Agreement.SumError(size.Views * size.Patches, 2 * size.Views * size.Patches);
        CudaBench.Compare(
            activations,
            kernels => kernels.TokenAssembly,
            (bench, op) =>
            {
                TestNumbers numbers = new(3);
                DeviceSpan Gradient(int count) => accumulate ? bench.Upload(numbers.Uniform(count)) : bench.Undefined(count);
                DeviceSpan masks = masked ? bench.Upload(numbers.Uniform(size.Views * size.Patches, 0)) : default,
                    tokens = bench.UndefinedActivations(size.Views * length), bias = bench.Upload(numbers.Uniform(size.Embedding));
                op.Forward(tokens, bench.Activations(numbers.Uniform(size.Frames * size.Patches * size.Embedding)), masks,
                    masked ? bias : default, bench.Upload(numbers.Uniform(size.Embedding)), bench.Upload(numbers.Uniform(length)), size);
                DeviceSpan dEmbeddings = bench.UndefinedActivations(size.Frames * size.Patches * size.Embedding), dBias = Gradient(size.Embedding),
                    dCls = Gradient(size.Embedding), dPosition = Gradient(length);
                op.Backward(dEmbeddings, masked ? dBias : default, dCls, dPosition, bench.Activations(numbers.Uniform(size.Views * length)),
                    masks, size, accumulate);
                return [bench.Download(tokens), bench.Download(dEmbeddings), masked ? bench.Download(dBias) : [], bench.Download(dCls),
                    bench.Download(dPosition)];
            },
            6 * Agreement.Rounding, overViews, overAll, overViews, overViews);
    }
}
