using DoRA.Autograd;
using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>What the teacher's pass gives.</summary>
/// <param name="Features">[rows, d].</param>
/// <param name="Logits">[rows, outputs].</param>
/// <param name="Masks">[clips, frames, k, n] float32, or absent.</param>
/// <param name="Objects">Where the masks come from, if from tracking.</param>
internal readonly record struct TeacherOutput(Tensor Features, Tensor Logits, DeviceSpan Masks, TrackedObjects? Objects)
{
    /// <summary>[outputs]: the center that the step was taken with, which its end replaces.</summary>
    public DeviceSpan Center { get; init; }
}
