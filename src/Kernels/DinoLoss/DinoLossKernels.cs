namespace DoRA.Kernels.DinoLoss;

/// <summary>
/// Which student row learns from which teacher row, and with what weight. Rows come in groups, so that a teacher row is
/// read once for all the student rows that it serves. Every student row is in exactly one group; a weight may be zero.
/// </summary>
/// <param name="Groups">Number of groups G.</param>
/// <param name="TeachersPerGroup">Teacher rows a group, T: 1 in DoRA, 2 (the two global crops) in DINO.</param>
/// <param name="StudentsPerGroup">Student rows a group, S: k masked and the local views in DoRA.</param>
/// <param name="TeacherRows">[G, T] int32.</param>
/// <param name="StudentRows">[G, S] int32.</param>
/// <param name="Weights">[G, S, T] float32; they sum to 1 for a mean.</param>
public readonly record struct DinoLossPairs(int Groups, int TeachersPerGroup, int StudentsPerGroup, DeviceSpan TeacherRows, DeviceSpan StudentRows, DeviceSpan Weights);

/// <summary>
/// Cross-entropy between the teacher's centred, sharpened softmax and the student's log-softmax:
/// <c>loss = −Σ_pairs w Σ_j p_t(j) log q_s(j)</c>, <c>p = softmax((teacher − center)/τ_t)</c>, <c>q = softmax(student/τ_s)</c>.
/// Student is [students, outputs], teacher [teachers, outputs], center [outputs]. The teacher's probabilities are never stored.
/// </summary>
public abstract class DinoLossKernels
{
    /// <summary>
    /// Value and gradient in one sweep: <c>dStudent_s = (Σ_t w q_s − Σ_t w p_t)/τ_s</c>; dStudent may be the student's own memory.
    /// Also writes teacherMean [outputs] = the mean of the teacher's rows, which the center follows.
    /// </summary>
    /// <param name="loss">[1] float32.</param>
    /// <param name="teacherEntropy">[teachers] float32, optional: entropy of each teacher row's probabilities in nats.</param>
    public abstract void Forward(DeviceSpan loss, DeviceSpan dStudent, DeviceSpan teacherMean, DeviceSpan teacherEntropy, DeviceSpan student, DeviceSpan teacher, DeviceSpan center, in DinoLossPairs pairs, int students, int teachers, int outputs, float studentTemperature, float teacherTemperature);

    /// <summary><c>center ← momentum · center + (1 − momentum) · teacherMean</c>.</summary>
    public abstract void UpdateCenter(DeviceSpan center, DeviceSpan teacherMean, int outputs, float momentum);
}
