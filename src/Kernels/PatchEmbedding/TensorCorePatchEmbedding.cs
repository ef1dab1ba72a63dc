using DoRA.Kernels.Linear;
using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
using ILGPU;

namespace DoRA.Kernels.PatchEmbedding;

/// <summary>
/// The patch projection on tensor cores: images are float32 and rounded to bf16 as a tile is loaded, embeddings, their gradients and the
/// weight are bf16. No matrix of patches is written.
/// </summary>
internal sealed class TensorCorePatchEmbedding(CudaDevice device) : PatchEmbeddingKernels
{
    private readonly TensorCoreKernel
        _forward = new(device, Project<WideAccess, WidePatchAccess, Multiply>, Project<WideAccess, WidePatchAccess, SumParts>),
        _forwardElements =
            new(device, Project<ElementAccess, ElementPatchAccess, Multiply>, Project<ElementAccess, ElementPatchAccess, SumParts>),
        _backward = new(device,
            WeightGradient<WideAccess, WidePatchAccess, Multiply>, WeightGradient<WideAccess, WidePatchAccess, SumParts>),
        _backwardElements = new(device,
            WeightGradient<ElementAccess, ElementPatchAccess, Multiply>, WeightGradient<ElementAccess, ElementPatchAccess, SumParts>);

    public override void Forward(DeviceSpan embeddings, DeviceSpan images, DeviceSpan weight, DeviceSpan bias, PatchEmbeddingSize size)
    {
        ProductOperands.Require(ElementType.BFloat16, ("embeddings", embeddings), ("weight", weight));
        ProductOperands.Require(ElementType.Float32, ("images", images), ("bias", bias));
        bool isWide = ProductOperands.AreWide([size.Patch, size.Embedding], embeddings, images, weight, bias);
        (isWide ? _forward : _forwardElements).Launch(ProductShape.Of(size.Images * size.Patches, size.Embedding, size.Inputs), embeddings,
            images, weight, bias, KernelArgument.Of(size));
    }

    public override void Backward(DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dEmbeddings, DeviceSpan images,
        PatchEmbeddingSize size, bool accumulate)
    {
        ProductOperands.Require(ElementType.BFloat16, ("dEmbeddings", dEmbeddings));
        ProductOperands.Require(ElementType.Float32, ("dWeight", dWeight), ("dBias", dBias), ("images", images));
        bool isWide = ProductOperands.AreWide([size.Patch, size.Embedding], dWeight, dEmbeddings, images);
        (isWide ? _backward : _backwardElements).Launch(ProductShape.Of(size.Embedding, size.Inputs, size.Images * size.Patches), dWeight,
            dBias, dEmbeddings, images, KernelArgument.Of(size), accumulate);
    }

    private static void Project<TAccess, TPatchAccess, TPhase>(ProductShape shape, ArrayView<float> partials,
        ArrayView<BFloat16> embeddings, ArrayView<float> images, ArrayView<BFloat16> weight, ArrayView<float> bias, PatchEmbeddingSize size)
        where TAccess : struct, IProductAccess
        where TPatchAccess : struct, IPatchAccess
        where TPhase : struct, IProductPhase
    {
        ArrayView<float> absent = bias.SubView(0, 0);
        ArrayView<BFloat16> absentActivations = embeddings.SubView(0, 0);
        default(TPhase).Run(
            new LineSide<PatchRows<TPatchAccess>>(new(images, size)),
            new LineSide<MatrixSource<TAccess>>(new(weight, shape.Depth)),
            default(Unscaled),
            new TensorCoreLinearTarget<TAccess>(embeddings, absent, bias, absentActivations, absent, 1, absentActivations, shape.Columns),
            shape, partials);
    }

    private static void WeightGradient<TAccess, TPatchAccess, TPhase>(ProductShape shape, ArrayView<float> partials,
        ArrayView<float> dWeight, ArrayView<float> dBias, ArrayView<BFloat16> dEmbeddings, ArrayView<float> images, PatchEmbeddingSize size,
        int accumulate)
        where TAccess : struct, IProductAccess
        where TPatchAccess : struct, IPatchAccess
        where TPhase : struct, IProductPhase =>
        default(TPhase).Run(
            new ColumnSide<MatrixSource<TAccess>>(new(dEmbeddings, shape.Rows)),
            new ColumnSide<PatchValues<TPatchAccess>>(new(images, size)),
            default(Unscaled),
            new TensorCoreWeightGradientTarget<TAccess>(dWeight, dBias, accumulate, shape.Columns),
            shape, partials);
}
