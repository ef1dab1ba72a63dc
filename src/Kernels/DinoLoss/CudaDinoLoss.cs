using DoRA.Kernels.Primitives;
using DoRA.Kernels.Primitives.TensorCore;
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

    private readonly CudaRowKernel
        _rowSums = new(device, RowSums<Float32, Float4>, RowSums<Float32, Float1>, RowSums<BFloat16, Float4>, RowSums<BFloat16, Float1>),
        _mean = new(device, Mean<Float32, Float4>, Mean<Float32, Float1>, Mean<BFloat16, Float4>, Mean<BFloat16, Float1>),
        _gradient = new(device, Gradient<Float32, Float4>, Gradient<Float32, Float1>, Gradient<BFloat16, Float4>, Gradient<BFloat16, Float1>);

    private readonly CudaKernel _total = device.Kernel(Total), _center = device.Kernel(Mix);

    public override void Forward(DeviceSpan loss, DeviceSpan dStudent, DeviceSpan teacherMean, DeviceSpan teacherEntropy,
        DeviceSpan student, DeviceSpan teacher, DeviceSpan center, in DinoLossPairs pairs, int students, int teachers, int outputs,
        float studentTemperature, float teacherTemperature)
    {
        Scalars scalars = new(teachers, pairs.TeachersPerGroup, pairs.StudentsPerGroup, outputs,
            (float)(1 / (teacherTemperature * (double)NaturalPerBit)), (float)(1 / (studentTemperature * (double)NaturalPerBit)),
            1 / studentTemperature);
        (CudaKernel gradientKernel, int elements) = _gradient.For(outputs, dStudent, student, teacher, center);
        int tile = CudaDevice.GroupSize * elements, tiles = (outputs + tile - 1) / tile, pieces = tiles * pairs.Groups;
        DeviceSpan sums = device.Scratch((3L * (teachers + students)) + pieces), losses = sums.Slice(3L * (teachers + students));
        KernelArgument sizes = KernelArgument.Of(scalars);
        _rowSums.For(outputs, teacher, center, student).Kernel.Launch(teachers + students, CudaWarp.GroupSize, sums, teacherEntropy, teacher,
            center, student, sizes);
        (CudaKernel meanKernel, int columns) = _mean.For(outputs, teacherMean, teacher);
        meanKernel.Launch(CudaSlices.Groups(outputs, columns), CudaSlices.GroupSize, teacherMean, teacher, teachers, outputs);
        gradientKernel.LaunchShared((tiles, pairs.Groups), CudaDevice.GroupSize, pairs.TeachersPerGroup * tile * sizeof(float),
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
    private static void RowSums<T, TVector>(ArrayView<float> sums, ArrayView<float> entropy, ArrayView<T> teacher,
        ArrayView<Float32> center, ArrayView<T> student, Scalars scalars)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default;
        ArrayView<float> shared = SharedMemory.Allocate<float>(CudaWarp.PerGroup);
        int row = Grid.IdxX;
        bool isTeacher = row < scalars.Teachers;
        long at = (long)(isTeacher ? row : row - scalars.Teachers) * scalars.Outputs;
        TVector sharpness = vector.All(isTeacher ? scalars.TeacherSharpness : scalars.StudentSharpness);
        float maximum = Nothing, sum = 0, moment = 0;
        for (int i = Group.IdxX * vector.Length; i < scalars.Outputs; i += Group.DimX * vector.Length)
        {
            // A view chosen before the loop would be loaded from element by element: ILGPU would not know how it is aligned.
            TVector z;
            if (isTeacher)
            {
                z = vector.Load(teacher, at + i).Minus(vector.Load(center, i));
            }
            else
            {
                z = vector.Load(student, at + i);
            }

            z = z.Times(sharpness);
            float highest = z.Largest, larger = highest > maximum ? highest : maximum, shrink = CudaMath.Exp2(maximum - larger);
            TVector less = z.Minus(vector.All(larger)).Map(default(Bound)), e = less.Map(default(PowerOfTwo));
            moment = (shrink * (moment + (sum * (maximum - larger)))) + e.Times(less).Sum;
            sum = (shrink * sum) + e.Sum;
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

    /// <summary>A group takes as many vectors of columns as a warp has lanes, and its warps share out the rows.</summary>
    private static void Mean<T, TVector>(ArrayView<Float32> mean, ArrayView<T> teacher, int teachers, int outputs)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default, sum = vector.All(0);
        ArrayView<Float32> shared = SharedMemory.Allocate<Float32>(CudaSlices.SharedFloats);
        int column = ((Grid.IdxX * CudaWarp.Lanes) + Warp.LaneIdx) * vector.Length;
        for (int row = Group.IdxX / CudaWarp.Lanes; column < outputs && row < teachers; row += CudaWarp.PerGroup)
        {
            sum = sum.Plus(vector.Load(teacher, ((long)row * outputs) + column));
        }

        sum = CudaSlices.Sum(sum, shared);
        if (Group.IdxX < CudaWarp.Lanes && column < outputs)
        {
            sum.Times(vector.All(1f / teachers)).Store(mean, column);
        }
    }

    /// <summary>
    /// Grid: tiles of columns × groups of rows; a thread has a vector of columns. Shared: the teachers' probabilities, each thread its own.
    /// </summary>
    private static void Gradient<T, TVector>(ArrayView<T> dStudent, ArrayView<float> losses, ArrayView<float> sums, ArrayView<T> student,
        ArrayView<T> teacher, ArrayView<Float32> center, ArrayView<int> teacherRows, ArrayView<int> studentRows,
        ArrayView<float> weights, Scalars scalars)
        where T : unmanaged, ICudaElement<T>
        where TVector : unmanaged, ICudaVector<TVector>
    {
        TVector vector = default, losing = vector.All(0);
        ArrayView<Float32> probabilities = SharedMemory.GetDynamic<Float32>();
        ArrayView<float> shared = SharedMemory.Allocate<float>(CudaWarp.PerGroup);
        int column = Grid.GlobalIndex.X * vector.Length, group = Grid.IdxY, perGroup = scalars.TeachersPerGroup;
        int own = Group.IdxX * vector.Length, stride = Group.DimX * vector.Length;
        if (column < scalars.Outputs)
        {
            for (int t = 0; t < perGroup; t++)
            {
                int row = teacherRows[(group * perGroup) + t];
                TVector z = vector.Load(teacher, ((long)row * scalars.Outputs) + column).Minus(vector.Load(center, column))
                    .Times(vector.All(scalars.TeacherSharpness)).Minus(vector.All(sums[3 * row]));
                z.Map(default(PowerOfTwo)).Times(vector.All(1 / sums[(3 * row) + 1])).Store(probabilities, (t * stride) + own);
            }

            for (int item = group * scalars.StudentsPerGroup; item < (group + 1) * scalars.StudentsPerGroup; item++)
            {
                float weight = 0;
                TVector target = vector.All(0);
                for (int t = 0; t < perGroup; t++)
                {
                    float share = weights[((long)item * perGroup) + t];
                    weight += share;
                    target = target.Plus(vector.All(share).Times(vector.Load(probabilities, (t * stride) + own)));
                }

                int row = studentRows[item], stored = 3 * (scalars.Teachers + row);
                long at = ((long)row * scalars.Outputs) + column;
                TVector z = vector.Load(student, at).Times(vector.All(scalars.StudentSharpness)).Minus(vector.All(sums[stored]))
                    .Map(default(Bound));
                losing = losing.Minus(target.Times(z));
                z.Map(default(PowerOfTwo)).Times(vector.All(weight / sums[stored + 1])).Minus(target)
                    .Times(vector.All(scalars.InverseStudentTemperature)).Store(dStudent, at);
            }
        }

        float loss = losing.Sum;
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
    private readonly struct Bound : ICudaFunction
    {
        public float Of(float value) => value < -1e6f ? -1e6f : value;
    }

    private readonly struct PowerOfTwo : ICudaFunction
    {
        public float Of(float value) => CudaMath.Exp2(value);
    }

    /// <summary>Sizes and factors. Sharpness is 1/(τ ln 2).</summary>
    private readonly record struct Scalars(int Teachers, int TeachersPerGroup, int StudentsPerGroup, int Outputs, float TeacherSharpness,
        float StudentSharpness, float InverseStudentTemperature);
}
