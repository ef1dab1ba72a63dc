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

/// <summary>
/// Every operation there is. A property's type is the contract and holds its documentation; an engine that lacks one does not compile.
/// </summary>
public abstract class KernelCatalogue
{
    public abstract AdamWKernels AdamW { get; }

    public abstract AttentionKernels Attention { get; }

    public abstract AugmentKernels Augment { get; }

    public abstract ClsTokenKernels ClsToken { get; }

    public abstract DinoLossKernels DinoLoss { get; }

    public abstract L2NormalizeKernels L2Normalize { get; }

    public abstract LayerNormKernels LayerNorm { get; }

    public abstract LinearKernels Linear { get; }

    public abstract ObjectTrackerKernels ObjectTracker { get; }

    public abstract PatchEmbeddingKernels PatchEmbedding { get; }

    public abstract PositionEmbeddingKernels PositionEmbedding { get; }

    public abstract SinkhornKernels Sinkhorn { get; }

    public abstract StochasticDepthKernels StochasticDepth { get; }

    public abstract TokenAssemblyKernels TokenAssembly { get; }

    public abstract WeightNormKernels WeightNorm { get; }
}
