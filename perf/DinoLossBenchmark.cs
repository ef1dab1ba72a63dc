using DoRA.Kernels;
using DoRA.Kernels.DinoLoss;
using DoRA.Model;

namespace DoRA.Perf;

/// <summary>
/// The paper's 65,536 outputs: DoRA with three masked and six local views of each of 32 frames, DINO with 32 images of two and eight; and
/// 1,576 students with a teacher each, which the peer is timed at.
/// </summary>
public sealed class DinoLossBenchmark : Benchmark
{
    private static readonly (string Name, DinoLossWeights Weights)[] s_methods =
    [
        ("dora", DinoLossWeights.Dora(4, 8, 3, 6, false, false)), ("dino", DinoLossWeights.Dino(32, 8)), ("pairs", Pairs(1576)),
    ];

    public override string Operation => "dinoloss";

    public override IEnumerable<BenchmarkCase> Cases(Device device)
    {
        const int outputs = 65536;
        DinoLossKernels kernels = device.Kernels.DinoLoss;
        foreach ((string name, DinoLossWeights weights) in s_methods)
        {
            int students = weights.StudentRows.Length, teachers = weights.TeacherRows.Length;
            DeviceSpan student = Random(device, (long)students * outputs), gradient = Random(device, student.Length),
                teacher = Random(device, (long)teachers * outputs);
            DeviceSpan center = Random(device, outputs), mean = Random(device, outputs), entropy = Random(device, teachers),
                loss = Random(device, 1);
            DeviceSpan teacherRows = device.Allocate(teachers, ElementType.Int32),
                studentRows = device.Allocate(students, ElementType.Int32);
            DeviceSpan pairWeights = device.Allocate(weights.Weights.Length, ElementType.Float32);
            device.Upload<int>(teacherRows, weights.TeacherRows);
            device.Upload<int>(studentRows, weights.StudentRows);
            device.Upload<float>(pairWeights, weights.Weights);
            DinoLossPairs pairs = new(weights.Groups, weights.TeachersPerGroup, weights.StudentsPerGroup, teacherRows, studentRows,
                pairWeights);
            yield return new(
                $"dinoloss/{name}/{students}+{teachers}x{outputs}",
                () => kernels.Forward(loss, gradient, mean, entropy, student, teacher, center, pairs, students, teachers, outputs, 0.1f,
                    0.04f))
            {
                // Student and teacher are read, the gradient is written.
                Bytes = 4.0 * outputs * ((2 * students) + teachers),
                Peer = students == teachers ? $"softmax_ce --rows {students} --outputs {outputs}" : null,
            };
            foreach (DeviceSpan span in (DeviceSpan[])[student, gradient, teacher, center, mean, entropy, loss, teacherRows, studentRows,
                pairWeights])
            {
                span.Buffer.Dispose();
            }
        }
    }

    private static DinoLossWeights Pairs(int rows)
    {
        int[] each = [.. Enumerable.Range(0, rows)];
        return new(rows, 1, 1, each, each, [.. each.Select(_ => 1f / rows)]);
    }
}
