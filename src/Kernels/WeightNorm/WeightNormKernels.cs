namespace DoRA.Kernels.WeightNorm;

/// <summary>
/// Weight normalisation of the last layer, w_j = g_j v_j/‖v_j‖, as a scale of the product's columns: the logits are
/// <c>(x · v_j) scale_j</c> with <c>scale_j = g_j/‖v_j‖</c>, so no normalised copy of v [outputs, inputs] is written.
/// g is [outputs]. v is what the product reads (<see cref="DeviceSpan.Operand"/>), so that its rows have exactly the length they are
/// divided by.
/// </summary>
public abstract class WeightNormKernels
{
    public abstract void Forward(DeviceSpan scale, DeviceSpan v, DeviceSpan g, int outputs, int inputs);

    /// <summary>
    /// <paramref name="dWeight"/> holds M = dLogitsᵀ X, the gradient of the normalised weight w, and is turned into v's gradient in
    /// place: with v̂ = v/‖v‖, <c>dG = M · v̂</c> and <c>dV = g/‖v‖ (M − (M · v̂) v̂)</c>.
    /// </summary>
    /// <param name="dG">Optional: absent when g is not trained.</param>
    public abstract void Backward(DeviceSpan dWeight, DeviceSpan dG, DeviceSpan v, DeviceSpan g, int outputs, int inputs);
}
