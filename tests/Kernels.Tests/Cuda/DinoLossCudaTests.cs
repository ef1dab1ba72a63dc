using DoRA.Kernels.DinoLoss;
using DoRA.Model;

namespace DoRA.Kernels.Tests.Cuda;

public sealed class DinoLossCudaTests
{
    [TestCase(false, false, 301, ElementType.Float32)]
    [TestCase(true, true, 1300, ElementType.Float32)]
    [TestCase(true, false, 301, ElementType.BFloat16)]
    [TestCase(false, true, 1300, ElementType.BFloat16)]
    public void Value_gradient_mean_entropy_and_center_are_the_cpu_s(bool dino, bool inPlace, int outputs, ElementType activations)
    {
        const float studentTemperature = 0.1f, teacherTemperature = 0.04f;
        DinoLossWeights weights = dino ? DinoLossWeights.Dino(2, 1) : DinoLossWeights.Dora(1, 2, 2, 2, false, false);
        // As for the CPU engine against its reference (DinoLossTests), on both sides; the card's power of two is off by 2⁻²² and the online
        // sum rounds once more a term, of which a thread has two.
        double relative = 2 * ((4 * 75 * Agreement.Rounding) + 5e-7 + Agreement.SumError(outputs, 1)),
            largest = weights.Weights.Max() * weights.TeachersPerGroup;
        CudaBench.Compare(
            activations,
            kernels => kernels.DinoLoss,
            (bench, op) =>
            {
                TestNumbers numbers = new(outputs);
                int students = weights.StudentRows.Length, teachers = weights.TeacherRows.Length;
                DeviceSpan student = bench.Activations(numbers.Uniform(students * outputs)),
                    teacher = bench.Activations(numbers.Uniform(teachers * outputs)), center = bench.Upload(numbers.Uniform(outputs)),
                    gradient = inPlace ? student : bench.UndefinedActivations(students * outputs), loss = bench.Undefined(1),
                    mean = bench.Undefined(outputs), entropy = bench.Undefined(teachers);
                DinoLossPairs pairs = new(weights.Groups, weights.TeachersPerGroup, weights.StudentsPerGroup,
                    bench.Upload(weights.TeacherRows), bench.Upload(weights.StudentRows), bench.Upload(weights.Weights));
                op.Forward(loss, gradient, mean, entropy, student, teacher, center, pairs, students, teachers, outputs,
                    studentTemperature, teacherTemperature);
                op.UpdateCenter(center, mean, outputs, 0.9f);
                return [bench.Download(loss), bench.Download(gradient), bench.Download(mean), bench.Download(entropy),
                    bench.Download(center)];
            },
            2 * relative * (20 + Math.Log(outputs)), 2 * relative * largest / studentTemperature, 8 * Agreement.Rounding,
            4 * relative * (50 + Math.Log(outputs)), 8 * Agreement.Rounding);
    }
}
