using DoRA.Autograd;
using DoRA.Autograd.Ops;

namespace DoRA.Model.Layers;

/// <summary>A linear layer with a bias.</summary>
internal sealed class LinearLayer
{
    private readonly int _inputs;
    private readonly Parameter _weight, _bias;

    public LinearLayer(ParameterStore store, string name, int inputs, int outputs, LinearInitialisation initialisation)
    {
        _inputs = inputs;
        _weight = store.Add($"{name}.weight", initialisation.For(inputs), true, outputs, inputs);
        _bias = store.Add($"{name}.bias", Initialisation.Zeros, true, outputs);
    }

    public Tensor Forward(Tape tape, TensorRows x, bool gelu = false, Tensor? residual = null, RowScale rowScale = default) =>
        LinearOp.Forward(tape, x, _weight, _bias, gelu, residual, rowScale);

    /// <summary>Only <paramref name="count"/> of the outputs.</summary>
    public Tensor ForwardOutputs(Tape tape, TensorRows x, int first, int count) =>
        LinearOp.Forward(tape, x, _weight.Slice((long)first * _inputs, (long)count * _inputs), _bias.Slice(first, count));
}
