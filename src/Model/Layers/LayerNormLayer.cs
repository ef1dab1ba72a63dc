using DoRA.Autograd;
using DoRA.Autograd.Ops;

namespace DoRA.Model.Layers;

/// <summary>Layer normalisation with a trained scale and shift.</summary>
internal sealed class LayerNormLayer(ParameterStore store, string name, int width)
{
    private readonly Parameter _weight = store.Add($"{name}.weight", Initialisation.Ones, true, width);
    private readonly Parameter _bias = store.Add($"{name}.bias", Initialisation.Zeros, true, width);

    public Tensor Forward(Tape tape, Tensor x) =>
        LayerNormOp.Forward(tape, x, _weight, _bias, VisionTransformerConfiguration.LayerNormEpsilon);
}
