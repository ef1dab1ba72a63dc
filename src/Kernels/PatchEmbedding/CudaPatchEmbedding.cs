using DoRA.Kernels.Linear;
using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.PatchEmbedding;

/// <summary>A linear layer over patches that are gathered as a tile is loaded: no matrix of patches is written.</summary>
internal sealed class CudaPatchEmbedding(CudaDevice device) : PatchEmbeddingKernels
{
    private readonly CudaKernel _forward = device.Kernel(Project<Float32>, Project<BFloat16>),
        _backward = device.Kernel(WeightGradient<Float32>, WeightGradient<BFloat16>);

    public override void Forward(DeviceSpan embeddings, DeviceSpan images, DeviceSpan weight, DeviceSpan bias, PatchEmbeddingSize size) =>
        _forward.Launch(CudaProduct.Grid(size.Images * size.Patches, size.Embedding), CudaProduct.GroupSize, embeddings, images, weight,
            bias, KernelArgument.Of(size));

    public override void Backward(DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dEmbeddings, DeviceSpan images,
        PatchEmbeddingSize size, bool accumulate) =>
        _backward.Launch(CudaProduct.Grid(size.Embedding, size.Inputs), CudaProduct.GroupSize, dWeight, dBias, dEmbeddings, images,
            KernelArgument.Of(size), accumulate);

    private static void Project<T>(ArrayView<T> embeddings, ArrayView<float> images, ArrayView<T> weight, ArrayView<float> bias,
        PatchEmbeddingSize size)
        where T : unmanaged, ICudaElement<T> =>
        CudaProduct.Run(
            new PatchLines(images, size),
            new WeightLines<T>(weight, size.Inputs),
            new EmbeddingTarget<T>(embeddings, bias, size.Embedding),
            size.Images * size.Patches, size.Embedding, size.Inputs);

    private static void WeightGradient<T>(ArrayView<float> dWeight, ArrayView<float> dBias, ArrayView<T> dEmbeddings,
        ArrayView<float> images, PatchEmbeddingSize size, int accumulate)
        where T : unmanaged, ICudaElement<T> =>
        CudaProduct.Run(
            new GradientColumns<T>(dEmbeddings, size.Embedding),
            new PatchColumns(images, size),
            new CudaWeightGradientTarget(dWeight, dBias, accumulate, size.Inputs),
            size.Embedding, size.Inputs, size.Images * size.Patches);

    /// <summary>Value k of a patch; patches are counted through all images.</summary>
    private static float Pixel(ArrayView<float> images, PatchEmbeddingSize size, int patch, int k)
    {
        int columns = size.Width / size.Patch, image = patch / size.Patches, within = patch % size.Patches, row = k / size.Patch;
        int y = (within / columns * size.Patch) + (row % size.Patch), x = (within % columns * size.Patch) + (k % size.Patch);
        return images[(((((long)image * 3) + (row / size.Patch)) * size.Height) + y) * size.Width + x];
    }

    /// <summary>Lines are patches.</summary>
    private readonly struct PatchLines(ArrayView<float> images, PatchEmbeddingSize size) : ICudaOperand
    {
        public bool KIsContiguous => true;

        public float At(int line, int k) => Pixel(images, size, line, k);
    }

    /// <summary>Lines are output columns' weights.</summary>
    private readonly struct WeightLines<T>(ArrayView<T> weight, int inputs) : ICudaOperand
        where T : unmanaged, ICudaElement<T>
    {
        public bool KIsContiguous => true;

        public float At(int line, int k) => weight[((long)line * inputs) + k].Value;
    }

    /// <summary>Lines are columns of dE, and the product sums over patches.</summary>
    private readonly struct GradientColumns<T>(ArrayView<T> dEmbeddings, int embedding) : ICudaOperand
        where T : unmanaged, ICudaElement<T>
    {
        public bool KIsContiguous => false;

        public float At(int line, int k) => dEmbeddings[((long)k * embedding) + line].Value;
    }

    private readonly struct EmbeddingTarget<T>(ArrayView<T> embeddings, ArrayView<float> bias, int embedding) : ICudaTarget
        where T : unmanaged, ICudaElement<T>
    {
        public bool TakesLineSums => false;

        public void Store(int row, int column, float value) =>
            embeddings[((long)row * embedding) + column] = default(T).Of(value + bias[column]);

        public void StoreLineSum(int row, float sum)
        {
        }
    }

    /// <summary>Lines are the values of a patch, and the product sums over patches.</summary>
    private readonly struct PatchColumns(ArrayView<float> images, PatchEmbeddingSize size) : ICudaOperand
    {
        public bool KIsContiguous => false;

        public float At(int line, int k) => Pixel(images, size, k, line);
    }
}
