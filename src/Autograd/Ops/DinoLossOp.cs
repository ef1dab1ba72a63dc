using DoRA.Kernels;
using DoRA.Kernels.DinoLoss;

namespace DoRA.Autograd.Ops;

/// <summary>
/// Cross-entropy of the teacher's centred, sharpened softmax against the student's log-softmax. Value and gradient come in one sweep, and
/// the gradient takes the student's logits' memory. A loss ends its tape: nothing scales its gradient.
/// </summary>
public sealed class DinoLossOp : Op
{
    private DinoLossOp(Tape tape, Tensor student) : base(tape) => Student = student;

    /// <summary>Logits [students, outputs]; after Forward they hold their own gradient.</summary>
    public Tensor Student { get; }

    /// <param name="teacher">Logits [teachers, outputs].</param>
    /// <param name="teacherMean">[outputs] float32, written: the mean of the teacher's rows.</param>
    /// <param name="teacherEntropy">[teachers] float32, optional, written.</param>
    /// <returns>[1].</returns>
    public static Tensor Forward(Tape tape, Tensor student, Tensor teacher, DeviceSpan teacherMean, DeviceSpan teacherEntropy,
        DeviceSpan center, in DinoLossPairs pairs, float studentTemperature, float teacherTemperature)
    {
        DinoLossOp op = new(tape, student);
        Tensor loss = new(tape.Arena.Rent(1, ElementType.Float32), [1], false);
        tape.Device.Kernels.DinoLoss.Forward(
            loss.Data, student.Data, teacherMean, teacherEntropy, student.Data, teacher.Data, center, pairs,
            student.Rows, teacher.Rows, student.Width, studentTemperature, teacherTemperature);
        return op.Complete(loss, student);
    }

    /// <inheritdoc/>
    public override void Backward() => Student.Adopt(Student.TakeData());
}
