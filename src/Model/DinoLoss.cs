using DoRA.Autograd;
using DoRA.Autograd.Ops;
using DoRA.Kernels;
using DoRA.Kernels.DinoLoss;

namespace DoRA.Model;

/// <summary>
/// The loss with its center, and the pairs of rows that learn from each other, held on the device while a batch's shape stays.
/// </summary>
public sealed class DinoLoss : IDisposable
{
    private readonly Device _device;
    private readonly int _outputs;
    private DinoLossPairs[] _passes = [];

    /// <param name="outputs">K.</param>
    public DinoLoss(Device device, int outputs)
    {
        (_device, _outputs) = (device, outputs);
        Center = device.Allocate(outputs, ElementType.Float32);
        TeacherMean = device.Allocate(outputs, ElementType.Float32);
        device.Clear(Center);
    }

    /// <summary>[outputs], zero at first; part of the state of a run.</summary>
    public DeviceSpan Center { get; }

    /// <summary>[outputs]: the mean of the last batch's teacher logits, which the center follows.</summary>
    public DeviceSpan TeacherMean { get; }

    /// <summary>Sets which student row learns from which teacher row from now on, pass by pass.</summary>
    public void Pair(IEnumerable<DinoLossWeights> passes)
    {
        FreePairs();
        _passes = [.. passes.Select(weights => new DinoLossPairs(weights.Groups, weights.TeachersPerGroup, weights.StudentsPerGroup,
            Upload<int>(weights.TeacherRows, ElementType.Int32), Upload<int>(weights.StudentRows, ElementType.Int32),
            Upload<float>(weights.Weights, ElementType.Float32)))];
    }

    /// <summary>
    /// The loss of a pass's student logits against all of the teacher's; writes <see cref="TeacherMean"/>. The student's logits become
    /// their gradient.
    /// </summary>
    /// <param name="teacherEntropy">[teachers] float32, optional, written.</param>
    public Tensor Forward(
        Tape tape,
        Tensor student,
        Tensor teacher,
        float studentTemperature,
        float teacherTemperature,
        DeviceSpan teacherEntropy = default,
        int pass = 0) =>
        DinoLossOp.Forward(tape, student, teacher, TeacherMean, teacherEntropy, Center, _passes[pass], studentTemperature, teacherTemperature);

    /// <summary><c>center ← momentum · center + (1 − momentum) · teacherMean</c>.</summary>
    public void UpdateCenter(float momentum) => _device.Kernels.DinoLoss.UpdateCenter(Center, TeacherMean, _outputs, momentum);

    public void Dispose()
    {
        FreePairs();
        Center.Buffer.Dispose();
        TeacherMean.Buffer.Dispose();
    }

    private DeviceSpan Upload<T>(T[] values, ElementType type) where T : unmanaged
    {
        DeviceSpan span = _device.Allocate(values.Length, type);
        _device.Upload<T>(span, values);
        return span;
    }

    private void FreePairs()
    {
        foreach (DinoLossPairs pairs in _passes)
        {
            pairs.TeacherRows.Buffer.Dispose();
            pairs.StudentRows.Buffer.Dispose();
            pairs.Weights.Buffer.Dispose();
        }
    }
}
