namespace DoRA.Kernels.AdamW;

/// <summary>One parameter tensor inside the flat buffers.</summary>
/// <param name="Offset">First element; a multiple of 16.</param>
/// <param name="Length">Elements.</param>
/// <param name="WeightDecay">False for biases and other one-dimensional parameters.</param>
/// <param name="Step">How often this tensor has been updated, this time included; 0 leaves weights and moments alone
/// (the last layer in the first epoch), while the teacher follows all the same.</param>
public readonly record struct AdamWSegment(long Offset, int Length, bool WeightDecay, int Step);

/// <summary>
/// The flat buffers of all parameters, in the same layout, float32. Where weights and teacher have operands for products
/// (<see cref="DeviceSpan.Operand"/>), those are written too.
/// </summary>
public readonly record struct AdamWBuffers(DeviceSpan Weights, DeviceSpan Gradients, DeviceSpan Mean, DeviceSpan Variance, DeviceSpan Teacher);

/// <summary>One step's scalars, in double so that 1 − β keeps its digits.</summary>
public readonly record struct AdamWSettings(
    double LearningRate, double WeightDecay, double Beta1, double Beta2, double Epsilon, double ClipNorm, double TeacherMomentum);

/// <summary>
/// Clip, AdamW and EMA over all tensors in one call. Per tensor: <c>norm = ‖g‖</c>; <c>g ← g · min(1, clip/(norm + 1e-6))</c>;
/// <c>w ← w (1 − lr · decay)</c>; <c>m ← β₁ m + (1 − β₁) g</c>; <c>v ← β₂ v + (1 − β₂) g²</c>;
/// <c>w ← w − lr/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε)</c>; <c>teacher ← μ teacher + (1 − μ) w</c>.
/// Clipping is per tensor, as DINO does it, not global. A tensor whose norm is no finite number is left alone, and its moments and teacher
/// with it: what it holds is still what the step was taken with, so the step can be taken again to see what went wrong.
/// </summary>
public abstract class AdamWKernels
{
    /// <param name="norms">[segments] float32, written: each gradient's norm before clipping.</param>
    public abstract void Step(DeviceSpan norms, in AdamWBuffers buffers, ReadOnlySpan<AdamWSegment> segments, in AdamWSettings settings);
}
