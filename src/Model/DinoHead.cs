using DoRA.Autograd;
using DoRA.Autograd.Ops;
using DoRA.Model.Layers;

namespace DoRA.Model;

/// <summary>
/// DINO's projection head: three linear layers with GELU between, L2 normalisation, a weight-normed last layer. Parameters carry the
/// authors' names.
/// </summary>
public sealed class DinoHead
{
    private readonly LinearLayer _mlp0, _mlp2, _mlp4;
    private readonly Parameter _lengths, _directions;

    /// <summary>Declares the parameters in <paramref name="store"/>, in the authors' order.</summary>
    /// <param name="prefix">Put before each name: <c>head.</c> in a checkpoint.</param>
    /// <param name="width">d, the backbone's.</param>
    public DinoHead(
        ParameterStore store,
        string prefix,
        int width,
        DinoHeadConfiguration configuration,
        LinearInitialisation initialisation = LinearInitialisation.TruncatedNormal)
    {
        configuration.Validate();
        _mlp0 = new(store, $"{prefix}mlp.0", width, configuration.Hidden, initialisation);
        _mlp2 = new(store, $"{prefix}mlp.2", configuration.Hidden, configuration.Hidden, initialisation);
        _mlp4 = new(store, $"{prefix}mlp.4", configuration.Hidden, configuration.Bottleneck, initialisation);
        _lengths = store.Add($"{prefix}{LastLayer}.weight_g", Initialisation.Ones, !configuration.NormLastLayer, configuration.Outputs, 1);
        // The released head initialises its MLP before it makes the last layer, which keeps the default of a linear layer.
        Initialisation uniform = Initialisation.UniformFanIn(configuration.Bottleneck);
        _directions = store.Add($"{prefix}{LastLayer}.weight_v", uniform, true, configuration.Outputs, configuration.Bottleneck);
    }

    /// <summary>What the last layer's parameters have in their names.</summary>
    public const string LastLayer = "last_layer";

    /// <summary>Logits [rows, outputs] of features [rows, d].</summary>
    public Tensor Forward(Tape tape, Tensor features)
    {
        Tensor hidden = _mlp0.Forward(tape, features, gelu: true);
        Tensor second = _mlp2.Forward(tape, hidden, gelu: true);
        Tensor bottleneck = _mlp4.Forward(tape, second);
        Tensor normalized = L2NormalizeOp.Forward(tape, bottleneck);
        Tensor logits = WeightNormOp.Forward(tape, normalized, _directions, _lengths);
        tape.Release(hidden, second, bottleneck, normalized);
        return logits;
    }
}
