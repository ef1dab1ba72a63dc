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

/// <summary>The CPU engine's operations.</summary>
internal sealed class CpuCatalogue(CpuThreads threads) : KernelCatalogue
{
    public override AdamWKernels AdamW => throw new NotSupportedException("AdamW" + threads);

    public override AttentionKernels Attention => throw new NotSupportedException("Attention" + threads);

    public override AugmentKernels Augment { get; } = new CpuAugment(threads);

    public override ClsTokenKernels ClsToken => throw new NotSupportedException("ClsToken" + threads);

    public override DinoLossKernels DinoLoss => throw new NotSupportedException("DinoLoss" + threads);

    public override L2NormalizeKernels L2Normalize => throw new NotSupportedException("L2Normalize" + threads);

    public override LayerNormKernels LayerNorm => throw new NotSupportedException("LayerNorm" + threads);

    public override LinearKernels Linear => throw new NotSupportedException("Linear" + threads);

    public override ObjectTrackerKernels ObjectTracker => throw new NotSupportedException("ObjectTracker" + threads);

    public override PatchEmbeddingKernels PatchEmbedding => throw new NotSupportedException("PatchEmbedding" + threads);

    public override PositionEmbeddingKernels PositionEmbedding => throw new NotSupportedException("PositionEmbedding" + threads);

    public override SinkhornKernels Sinkhorn => throw new NotSupportedException("Sinkhorn" + threads);

    public override StochasticDepthKernels StochasticDepth => throw new NotSupportedException("StochasticDepth" + threads);

    public override TokenAssemblyKernels TokenAssembly => throw new NotSupportedException("TokenAssembly" + threads);

    public override WeightNormKernels WeightNorm => throw new NotSupportedException("WeightNorm" + threads);
}
