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
using DoRA.Kernels.Primitives;
using DoRA.Kernels.Sinkhorn;
using DoRA.Kernels.StochasticDepth;
using DoRA.Kernels.TokenAssembly;
using DoRA.Kernels.WeightNorm;

namespace DoRA.Kernels;

/// <summary>The CPU engine's operations.</summary>
internal sealed class CpuCatalogue(CpuThreads threads) : KernelCatalogue
{
    public override AdamWKernels AdamW { get; } = new CpuAdamW(threads);

    public override AttentionKernels Attention { get; } = CpuAttention.Create(threads, VectorWidths.Widest);

    public override AugmentKernels Augment { get; } = new CpuAugment(threads);

    public override ClsTokenKernels ClsToken { get; } = new CpuClsToken(threads);

    public override DinoLossKernels DinoLoss { get; } = new CpuDinoLoss(threads);

    public override L2NormalizeKernels L2Normalize { get; } = new CpuL2Normalize(threads);

    public override LayerNormKernels LayerNorm { get; } = new CpuLayerNorm(threads);

    public override LinearKernels Linear { get; } = CpuLinear.Create(threads, VectorWidths.Widest);

    public override ObjectTrackerKernels ObjectTracker { get; } = new CpuObjectTracker(threads);

    public override PatchEmbeddingKernels PatchEmbedding { get; } = CpuPatchEmbedding.Create(threads, VectorWidths.Widest);

    public override PositionEmbeddingKernels PositionEmbedding { get; } = new CpuPositionEmbedding(threads);

    public override SinkhornKernels Sinkhorn { get; } = new CpuSinkhorn(threads);

    public override StochasticDepthKernels StochasticDepth { get; } = new CpuStochasticDepth();

    public override TokenAssemblyKernels TokenAssembly { get; } = new CpuTokenAssembly(threads);

    public override WeightNormKernels WeightNorm { get; } = new CpuWeightNorm(threads);
}
