using DoRA.Autograd.Ops;

namespace DoRA.Model.Layers;

/// <summary>Stochastic depth's factors of a block's two residual branches; the default scales nothing.</summary>
internal readonly record struct BranchScales(RowScale Attention, RowScale Mlp);
