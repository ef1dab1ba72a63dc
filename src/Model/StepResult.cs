using DoRA.Autograd;
using DoRA.Kernels;

namespace DoRA.Model;

/// <summary>
/// A step's results, left on the device until they are asked for: asking waits for the step. All but the loss are there until the
/// next step begins, the loss for <see cref="StudentTeacher.LossesKept"/> steps.
/// </summary>
public sealed class StepResult
{
    private readonly StudentTeacher _owner;
    private readonly long _number;
    private readonly DeviceSpan _losses, _gradientNorms, _teacherEntropy, _masks, _center;
    private readonly Tensor _teacherFeatures, _teacherLogits;

    /// <param name="losses">Shares of the loss.</param>
    internal StepResult(StudentTeacher owner, DeviceSpan losses, DeviceSpan gradientNorms, TeacherOutput teacher, DeviceSpan teacherEntropy)
    {
        (_owner, _number) = (owner, owner.StepsTaken);
        (_losses, _gradientNorms, _teacherEntropy, _masks) = (losses, gradientNorms, teacherEntropy, teacher.Masks);
        (_teacherFeatures, _teacherLogits, _center) = (teacher.Features, teacher.Logits, teacher.Center);
        Objects = teacher.Objects;
    }

    /// <summary>The tracker's intermediates; absent where nothing was tracked. There until the next step begins.</summary>
    public TrackedObjects? Objects { get; }

    /// <exception cref="InvalidOperationException">Too many steps have been taken since, or one of another shape.</exception>
    public float ReadLoss() => Read(_losses, StudentTeacher.LossesKept).Sum();

    /// <summary>[parameters], in the store's order: each gradient's norm before clipping.</summary>
    public float[] ReadGradientNorms() => Read(_gradientNorms, 1);

    /// <summary>[teacher rows]: entropy of the teacher's probabilities, in nats.</summary>
    public float[] ReadTeacherEntropy() => Read(_teacherEntropy, 1);

    /// <summary>
    /// [teacher rows, d]: the teacher's CLS tokens after the final norm. Rows are frames, clip by clip; with DINO view by view.
    /// </summary>
    public float[] ReadTeacherFeatures() => Read(_teacherFeatures.Data, 1);

    /// <summary>[teacher rows, outputs].</summary>
    public float[] ReadTeacherLogits() => Read(_teacherLogits.Data, 1);

    /// <summary>[outputs]: one row of the teacher's logits.</summary>
    public float[] ReadTeacherLogits(int row) => Read(_teacherLogits.Data.Slice((long)row * _teacherLogits.Width, _teacherLogits.Width), 1);

    /// <summary>[outputs]: the center of the teacher's logits that this step was taken with.</summary>
    public float[] ReadCenter() => Read(_center, 1);

    /// <summary>n: patches of a mask; 0 where there were none.</summary>
    public int MaskPatches { get; internal init; }

    /// <summary>[clips, frames, k, n]: the student's masks; empty where there were none.</summary>
    public float[] ReadMasks() => _masks.IsEmpty ? [] : Read(_masks, 1);

    private float[] Read(DeviceSpan span, int stepsKept)
    {
        if (_owner.StepsTaken - _number >= stepsKept || _number < _owner.FirstStepKept)
        {
            throw new InvalidOperationException("This result has been overwritten by a later step; read it before.");
        }

        float[] values = new float[span.Length];
        _owner.Device.Download<float>(values, span);
        return values;
    }
}
