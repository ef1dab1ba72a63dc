using DoRA.Kernels;
using DoRA.Kernels.AdamW;
using DoRA.Kernels.DinoLoss;
using DoRA.Kernels.Primitives;

namespace DoRA.Pipeline.Doctor;

/// <summary>The loss over 65,536 outputs, a block's optimiser step, and stochastic depth's numbers.</summary>
internal static class UpdateChecks
{
    private const int Teachers = 8, StudentsEach = 9, Students = Teachers * StudentsEach, Outputs = 65536;
    private const float StudentTemperature = 0.1f, TeacherTemperature = 0.04f;

    /// <summary>A rate so high that weights which nobody updated are far off.</summary>
    private static readonly AdamWSettings Settings = new(0.1, 0.4, 0.9, 0.999, 1e-8, 3, 0.996);

    public static IEnumerable<OperationCheck> All => [Depth(), Loss(), Optimizer()];

    private static OperationCheck Depth() => new("stochastic depth", "4096", memory =>
    {
        DeviceSpan scales = memory.EmptyFloats(4096);
        return new(() => memory.Kernels.StochasticDepth.Draw(scales, 4096, 0.1f, default(PhiloxStream)), scales);
    })
    {
        Words = 4096,
    };

    private static OperationCheck Loss()
    {
        float[] student = CheckNumbers.Uniform(50, (long)Students * Outputs), teacher = CheckNumbers.Uniform(51, (long)Teachers * Outputs),
            center = CheckNumbers.Uniform(52, Outputs, 0.1f), weights = [.. Enumerable.Repeat(1f / Students, Students)];
        double[] Softmax(float[] logits, int row, float[]? minus, double temperature) => CheckNumbers.Softmax(
            Enumerable.Range(0, Outputs).Select(j => (logits[((long)row * Outputs) + j] - (minus?[j] ?? 0)) / temperature));
        return new("loss and its gradient", $"{Students}+{Teachers}×{Outputs}", memory =>
        {
            DeviceSpan gradient = memory.EmptyActivations(student.Length), loss = memory.EmptyFloats(1), mean = memory.EmptyFloats(Outputs),
                entropy = memory.EmptyFloats(Teachers), deviceStudent = memory.Activations(student), deviceTeacher = memory.Activations(teacher),
                deviceCenter = memory.Floats(center);
            DinoLossPairs pairs = new(Teachers, 1, StudentsEach, memory.Integers([.. Enumerable.Range(0, Teachers)]),
                memory.Integers([.. Enumerable.Range(0, Students)]), memory.Floats(weights));
            return new(() => memory.Kernels.DinoLoss.Forward(loss, gradient, mean, entropy, deviceStudent, deviceTeacher, deviceCenter, pairs, Students,
                Teachers, Outputs, StudentTemperature, TeacherTemperature), gradient);
        })
        {
            Activations = (2.0 * student.Length) + teacher.Length,
            Truth = i =>
            {
                (int row, int column) = (i / Outputs, i % Outputs);
                double q = Softmax(student, row, null, StudentTemperature)[column],
                    p = Softmax(teacher, row / StudentsEach, center, TeacherTemperature)[column];
                return (q - p) / StudentTemperature * weights[row];
            },
        };
    }

    private static OperationCheck Optimizer()
    {
        // A packed projection and its bias. Runs after the first, which are only timed, go on from where it came to.
        AdamWSegment[] segments = [new(0, 384 * 1152, true, 5), new(384 * 1152, 1152, false, 5)];
        int length = segments.Sum(segment => segment.Length);
        float[] w = CheckNumbers.Uniform(53, length), g = CheckNumbers.Uniform(54, length), m = CheckNumbers.Uniform(55, length, 0.1f),
            v = CheckNumbers.Positive(56, length), teacher = CheckNumbers.Uniform(57, length);
        double[] norms = [.. segments.Select(segment => Math.Sqrt(CheckNumbers.Dot(g, segment.Offset, g, segment.Offset, segment.Length)))];
        return new("AdamW, clip, EMA", $"{length}", memory =>
        {
            DeviceSpan[] spans = [.. new[] { w, g, m, v, teacher }.Select(memory.Floats)];
            DeviceSpan deviceNorms = memory.EmptyFloats(segments.Length);
            AdamWBuffers buffers = new(spans[0], spans[1], spans[2], spans[3], spans[4]);
            return new(() => memory.Kernels.AdamW.Step(deviceNorms, buffers, segments, Settings), spans[0]);
        })
        {
            Words = 10.0 * length,
            ChangesInputs = true,
            Truth = i =>
            {
                int at = i < segments[0].Length ? 0 : 1;
                double gradient = g[i] * Math.Min(1, Settings.ClipNorm / (norms[at] + 1e-6));
                double decayed = w[i] * (1 - (segments[at].WeightDecay ? Settings.LearningRate * Settings.WeightDecay : 0));
                double mean = (Settings.Beta1 * m[i]) + ((1 - Settings.Beta1) * gradient),
                    variance = (Settings.Beta2 * v[i]) + ((1 - Settings.Beta2) * gradient * gradient);
                double root = Math.Sqrt(variance) / Math.Sqrt(1 - Math.Pow(Settings.Beta2, segments[at].Step));
                return decayed - (Settings.LearningRate / (1 - Math.Pow(Settings.Beta1, segments[at].Step)) * mean / (root + Settings.Epsilon));
            },
        };
    }
}
