using DoRA.Kernels.Linear;
using DoRA.Kernels.Primitives;
using ILGPU;

namespace DoRA.Kernels.PatchEmbedding;

/// <summary>A linear layer over patches that are gathered as a tile is loaded: no matrix of patches is written.</summary>
internal sealed class CudaPatchEmbedding(CudaDevice device) : PatchEmbeddingKernels
{
    private readonly CudaKernel _forward = device.Kernel(Project), _backward = device.Kernel(WeightGradient);

    public override void Forward(DeviceSpan embeddings, DeviceSpan images, DeviceSpan weight, DeviceSpan bias, PatchEmbeddingSize size) =>
        _forward.Launch(CudaProduct.Grid(size.Images * size.Patches, size.Embedding), CudaProduct.GroupSize, embeddings, images, weight,
            bias, KernelArgument.Of(size));

    public override void Backward(DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dEmbeddings, DeviceSpan images,
        PatchEmbeddingSize size, bool accumulate) =>
        _backward.Launch(CudaProduct.Grid(size.Embedding, size.Inputs), CudaProduct.GroupSize, dWeight, dBias, dEmbeddings, images,
            KernelArgument.Of(size), accumulate);

    private static void Project(ArrayView<float> embeddings, ArrayView<float> images, ArrayView<float> weight, ArrayView<float> bias,
        PatchEmbeddingSize size)
    {
        ArrayView<float> absent = bias.SubView(0, 0);
        CudaProduct.Run(
            new PatchLines(images, size),
            new CudaLineOperand(weight, size.Inputs),
            new CudaLinearTarget(embeddings, absent, bias, absent, absent, 1, absent, size.Embedding),
            size.Images * size.Patches, size.Embedding, size.Inputs);
    }

    private static void WeightGradient(ArrayView<float> dWeight, ArrayView<float> dBias, ArrayView<float> dEmbeddings,
        ArrayView<float> images, PatchEmbeddingSize size, int accumulate) =>
        CudaProduct.Run(
            new CudaColumnOperand(dEmbeddings, size.Embedding, dBias.SubView(0, 0), 1),
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

    /// <summary>Lines are the values of a patch, and the product sums over patches.</summary>
    private readonly struct PatchColumns(ArrayView<float> images, PatchEmbeddingSize size) : ICudaOperand
    {
        public bool KIsContiguous => false;

        public float At(int line, int k) => Pixel(images, size, k, line);
    }
}
