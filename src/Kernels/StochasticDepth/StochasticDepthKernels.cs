using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.StochasticDepth;

/// <summary>
/// The per-sample scale of a residual branch: 0 with probability rate, else 1/(1 − rate). Linear multiplies by it in its
/// epilogue, so the branch is never touched by a pass of its own.
/// </summary>
public abstract class StochasticDepthKernels
{
    /// <summary>scales [samples] float32; sample i draws number i of the stream.</summary>
    public abstract void Draw(DeviceSpan scales, int samples, float rate, PhiloxStream stream);
}
