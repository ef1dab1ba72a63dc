using DoRA.Kernels.AdamW;
using DoRA.Kernels.Attention;
using DoRA.Kernels.Augment;
using DoRA.Kernels.ClsToken;
using DoRA.Kernels.DinoLoss;
using DoRA.Kernels.L2Normalize;
using DoRA.Kernels.LayerNorm;
using DoRA.Kernels.Linear;
using DoRA.Kernels.ObjectTracker;
using DoRA.Kernels.PatchEmbedding;
using DoRA.Kernels.PositionEmbedding;
using DoRA.Kernels.Sinkhorn;
using DoRA.Kernels.StochasticDepth;
using DoRA.Kernels.TokenAssembly;
using DoRA.Kernels.WeightNorm;

namespace DoRA.Kernels;

/// <summary>The CUDA engine's operations.</summary>
internal sealed class CudaCatalogue(CudaDevice device) : KernelCatalogue
{
    public override AdamWKernels AdamW { get; } = new CudaAdamW(device);

    public override AttentionKernels Attention { get; } =
        device.ActivationType == ElementType.BFloat16 ? new TensorCoreAttention(device) : new CudaAttention(device);

    public override AugmentKernels Augment { get; } = new CudaAugment(device);

    public override ClsTokenKernels ClsToken { get; } = new CudaClsToken(device);

    public override DinoLossKernels DinoLoss { get; } = new CudaDinoLoss(device);

    public override L2NormalizeKernels L2Normalize { get; } = new CudaL2Normalize(device);

    public override LayerNormKernels LayerNorm { get; } = new CudaLayerNorm(device);

    public override LinearKernels Linear { get; } =
        device.ActivationType == ElementType.BFloat16 ? new TensorCoreLinear(device) : new CudaLinear(device);

    public override ObjectTrackerKernels ObjectTracker { get; } = new CudaObjectTracker(device);

    public override PatchEmbeddingKernels PatchEmbedding { get; } =
        device.ActivationType == ElementType.BFloat16 ? new TensorCorePatchEmbedding(device) : new CudaPatchEmbedding(device);

    public override PositionEmbeddingKernels PositionEmbedding { get; } = new CudaPositionEmbedding(device);

    public override SinkhornKernels Sinkhorn { get; } = new CudaSinkhorn(device);

    public override StochasticDepthKernels StochasticDepth { get; } = new CudaStochasticDepth(device);

    public override TokenAssemblyKernels TokenAssembly { get; } = new CudaTokenAssembly(device);

    public override WeightNormKernels WeightNorm { get; } = new CudaWeightNorm(device);
}
