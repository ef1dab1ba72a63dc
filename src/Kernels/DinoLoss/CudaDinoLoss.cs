using DoRA.Kernels.Primitives;
using ILGPU;
using ILGPU.Algorithms;

namespace DoRA.Kernels.DinoLoss;

/// <summary>
/// Two passes over the student's logits: each row's maximum and sum of exponentials, then value and gradient, where a thread forms the
/// teacher's probabilities of its column once for all students of the group. Exponentials are powers of two: logits are multiplied by
/// 1/(τ ln 2) and counted in bits.
/// </summary>
internal sealed class CudaDinoLoss(CudaDevice device) : DinoLossKernels
{
    private const float NaturalPerBit = 0.693147181f;

    /// <summary>Less than any logit, and finite, so that differences stay numbers.</summary>
    private const float Nothing = -1e30f;

    private readonly CudaKernel _rowSums = device.Kernel(RowSums), _mean = device.Kernel(Mean), _gradient = device.Kernel(Gradient),
        _total = device.Kernel(Total), _center = device.Kernel(Mix);

    public override void Forward(DeviceSpan loss, DeviceSpan dStudent, DeviceSpan teacherMean, DeviceSpan teacherEntropy,
        DeviceSpan student, DeviceSpan teacher, DeviceSpan center, in DinoLossPairs pairs, int students, int teachers, int outputs,
        float studentTemperature, float teacherTemperature)
    {
        Scalars scalars = new(teachers, pairs.TeachersPerGroup, pairs.StudentsPerGroup, outputs,
            (float)(1 / (teacherTemperature * (double)NaturalPerBit)), (float)(1 / (studentTemperature * (double)NaturalPerBit)),
            1 / studentTemperature);
        int tiles = CudaDevice.Groups(outputs), pieces = tiles * pairs.Groups;
        DeviceSpan sums = device.Scratch((3L * (teachers + students)) + pieces), losses = sums.Slice(3L * (teachers + students));
        KernelArgument sizes = KernelArgument.Of(scalars);
        _rowSums.Launch(teachers + students, CudaWarp.GroupSize, sums, teacherEntropy, teacher, center, student, sizes);
        _mean.Launch(tiles, CudaDevice.GroupSize, teacherMean, teacher, teachers, outputs);
        _gradient.LaunchShared((tiles, pairs.Groups), CudaDevice.GroupSize, pairs.TeachersPerGroup * CudaDevice.GroupSize * sizeof(float),
            dStudent, losses, sums, student, teacher, center, pairs.TeacherRows, pairs.StudentRows, pairs.Weights, sizes);
        _total.Launch(1, CudaWarp.GroupSize, loss, losses, sums, pairs.StudentRows, pairs.Weights, pairs.Groups * pairs.StudentsPerGroup,
            sizes);
    }

    public override void UpdateCenter(DeviceSpan center, DeviceSpan teacherMean, int outputs, float momentum) =>
        _center.Launch(CudaDevice.Groups(outputs), CudaDevice.GroupSize, center, teacherMean, outputs, momentum, 1 - momentum);

    /// <summary>
    /// A group a row, the teacher's first: maximum of z, <c>Σ 2^(z − max)</c> and <c>Σ 2^(z − max) (z − max)</c>, by the online rule: when
    /// the maximum grows from m to m', sums shrink by 2^(m − m').
    /// </summary>
    /// <param name="sums">[teachers + students, 3], written.</param>
    private static void RowSums(ArrayView<float> sums, ArrayView<float> entropy, ArrayView<float> teacher, ArrayView<float> center,
        ArrayView<float> student, Scalars scalars)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(CudaWarp.PerGroup);
        int row = Grid.IdxX;
        bool isTeacher = row < scalars.Teachers;
        ArrayView<float> logits = isTeacher ? teacher : student;
        long at = (long)(isTeacher ? row : row - scalars.Teachers) * scalars.Outputs;
        float sharpness = isTeacher ? scalars.TeacherSharpness : scalars.StudentSharpness;
        float maximum = Nothing, sum = 0, moment = 0;
        for (int i = Group.IdxX; i < scalars.Outputs; i += Group.DimX)
        {
            float z = (isTeacher ? logits[at + i] - center[i] : logits[at + i]) * sharpness;
            float larger = z > maximum ? z : maximum, shrink = CudaMath.Exp2(maximum - larger), less = Bounded(z - larger),
                e = CudaMath.Exp2(less);
            moment = (shrink * (moment + (sum * (maximum - larger)))) + (e * less);
            sum = (shrink * sum) + e;
            maximum = larger;
        }

        float largest = CudaWarp.GroupMaximum(maximum, shared), factor = CudaMath.Exp2(maximum - largest);
        float totalMoment = CudaWarp.GroupSum(factor * (moment + (sum * (maximum - largest))), shared),
            total = CudaWarp.GroupSum(factor * sum, shared);
        if (Group.IdxX == 0)
        {
            sums[3 * row] = largest;
            sums[(3 * row) + 1] = total;
            sums[(3 * row) + 2] = totalMoment;
            if (isTeacher && entropy.Length > 0)
            {
                entropy[row] = XMath.Log(total) - (NaturalPerBit * totalMoment / total);
            }
        }
    }

    private static void Mean(ArrayView<float> mean, ArrayView<float> teacher, int teachers, int outputs)
    {
        int column = Grid.GlobalIndex.X;
        if (column >= outputs)
        {
            return;
        }

        float sum = 0;
        for (int row = 0; row < teachers; row++)
        {
            sum += teacher[((long)row * outputs) + column];
        }

        mean[column] = sum * (1f / teachers);
    }

    /// <summary>Grid: tiles of columns × groups of rows; a thread has one column. Shared: the teachers' probabilities, each thread its
    /// own.</summary>
    private static void Gradient(ArrayView<float> dStudent, ArrayView<float> losses, ArrayView<float> sums, ArrayView<float> student,
        ArrayView<float> teacher, ArrayView<float> center, ArrayView<int> teacherRows, ArrayView<int> studentRows,
        ArrayView<float> weights, Scalars scalars)
    {
        ArrayView<float> probabilities = SharedMemory.GetDynamic<float>(), shared = SharedMemory.Allocate<float>(CudaWarp.PerGroup);
        int column = Grid.GlobalIndex.X, group = Grid.IdxY, perGroup = scalars.TeachersPerGroup;
        float loss = 0;
        if (column < scalars.Outputs)
        {
            for (int t = 0; t < perGroup; t++)
            {
                int row = teacherRows[(group * perGroup) + t];
                float z = ((teacher[((long)row * scalars.Outputs) + column] - center[column]) * scalars.TeacherSharpness) - sums[3 * row];
                probabilities[(t * Group.DimX) + Group.IdxX] = CudaMath.Exp2(z) / sums[(3 * row) + 1];
            }

            for (int item = group * scalars.StudentsPerGroup; item < (group + 1) * scalars.StudentsPerGroup; item++)
            {
                float weight = 0, target = 0;
                for (int t = 0; t < perGroup; t++)
                {
                    float share = weights[((long)item * perGroup) + t];
                    weight += share;
                    target += share * probabilities[(t * Group.DimX) + Group.IdxX];
                }

                int row = studentRows[item], stored = 3 * (scalars.Teachers + row);
                long at = ((long)row * scalars.Outputs) + column;
                float z = Bounded((student[at] * scalars.StudentSharpness) - sums[stored]);
                loss -= target * z;
                dStudent[at] = ((weight * CudaMath.Exp2(z) / sums[stored + 1]) - target) * scalars.InverseStudentTemperature;
            }
        }

        loss = CudaWarp.GroupSum(loss * NaturalPerBit, shared);
        if (Group.IdxX == 0)
        {
            losses[(group * Grid.DimX) + Grid.IdxX] = loss;
        }
    }

    /// <summary>The pieces' values and each student row's weight times the logarithm of its sum, by one group.</summary>
    private static void Total(ArrayView<float> loss, ArrayView<float> losses, ArrayView<float> sums, ArrayView<int> studentRows,
        ArrayView<float> weights, int items, Scalars scalars)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(CudaWarp.PerGroup);
        double sum = 0;
        for (int i = Group.IdxX; i < losses.IntLength; i += Group.DimX)
        {
            sum += losses[i];
        }

        for (int item = Group.IdxX; item < items; item += Group.DimX)
        {
            float weight = 0;
            for (int t = 0; t < scalars.TeachersPerGroup; t++)
            {
                weight += weights[((long)item * scalars.TeachersPerGroup) + t];
            }

            sum += weight * XMath.Log(sums[(3 * (scalars.Teachers + studentRows[item])) + 1]);
        }

        sum = CudaWarp.GroupSum(sum, shared);
        if (Group.IdxX == 0)
        {
            loss[0] = (float)sum;
        }
    }

    private static void Mix(ArrayView<float> center, ArrayView<float> mean, int outputs, float momentum, float follow)
    {
        int column = Grid.GlobalIndex.X;
        if (column < outputs)
        {
            center[column] = (momentum * center[column]) + (follow * mean[column]);
        }
    }

    /// <summary>Where a power of two is next to nothing its exponent stays a number, so that their product is 0.</summary>
    private static float Bounded(float z) => z < -1e6f ? -1e6f : z;

    /// <summary>Sizes and factors. Sharpness is 1/(τ ln 2).</summary>
    private readonly record struct Scalars(int Teachers, int TeachersPerGroup, int StudentsPerGroup, int Outputs, float TeacherSharpness,
        float StudentSharpness, float InverseStudentTemperature);
}
