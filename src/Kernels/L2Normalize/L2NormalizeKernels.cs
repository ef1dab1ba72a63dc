namespace DoRA.Kernels.L2Normalize;

/// <summary>
/// <c>y = x / max(‖x‖, ε)</c> over rows, ε = 1e-12. x and y are [rows, width]; inverseNorm [rows] is float32, kept for backward.
/// </summary>
public abstract class L2NormalizeKernels
{
    public const float Epsilon = 1e-12f;

    public abstract void Forward(DeviceSpan y, DeviceSpan inverseNorm, DeviceSpan x, int rows, int width);

    /// <summary><c>dX = inverseNorm (dY − y (y · dY))</c>; overwrites dX.</summary>
    public abstract void Backward(DeviceSpan dX, DeviceSpan dY, DeviceSpan y, DeviceSpan inverseNorm, int rows, int width);
}
