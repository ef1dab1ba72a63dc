namespace DoRA.Kernels.LayerNorm;

/// <summary>
/// <c>y = (x − mean) · rstd · weight + bias</c> over the last axis, with <c>rstd = 1/√(variance + ε)</c> and the biased variance.
/// x and y are [rows, width]; mean and rstd are [rows], float32, kept for backward.
/// </summary>
public abstract class LayerNormKernels
{
    public abstract void Forward(DeviceSpan y, DeviceSpan mean, DeviceSpan rstd, DeviceSpan x, DeviceSpan weight, DeviceSpan bias, int rows, int width, float epsilon);

    /// <summary>
    /// With x̂ the normalised input and g = dY · weight: <c>dX = rstd (g − mean(g) − x̂ mean(g x̂))</c>, <c>dWeight = Σ_rows dY x̂</c>,
    /// <c>dBias = Σ_rows dY</c>. One pass over dY and x.
    /// </summary>
    /// <param name="accumulateInput">Add to dX, which then holds the residual stream's gradient.</param>
    /// <param name="accumulateWeights">Add to dWeight and dBias.</param>
    public abstract void Backward(DeviceSpan dX, DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dY, DeviceSpan x, DeviceSpan mean, DeviceSpan rstd, DeviceSpan weight, int rows, int width, bool accumulateInput, bool accumulateWeights);
}
