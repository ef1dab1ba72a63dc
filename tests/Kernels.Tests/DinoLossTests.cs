using System.Text.RegularExpressions;
using CsCheck;
using DoRA.Kernels.DinoLoss;
using DoRA.Model;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed partial class DinoLossTests
{
    private static readonly Temperatures Usual = new(0.1f, 0.04f, 0.9f);

    [Test]
    [Category(Golden.Category)]
    public void Dora_s_loss_is_the_released_code_s_and_the_paper_s([Values] bool cuda)
    {
        using GoldenFile golden = Golden.Open("loss");
        (int clips, int frames, int objects, int locals) =
            (golden.Size("batch"), golden.Size("frames"), golden.Size("objects"), golden.Size("locals"));
        int outputs = golden.Size("out"), maskedRows = clips * frames * objects;

        // Golden row → our row; frames come first in the golden layouts.
        int TeacherRow(int row) => ((row % clips) * frames) + (row / clips);
        int MaskedRow(int row) => (TeacherRow(row % (clips * frames)) * objects) + (row / (clips * frames));
        int LocalRow(int row) => (row % (locals * clips) * frames) + (row / (locals * clips));

        float[] teacher = Permute(golden.Floats("teacher"), TeacherRow, outputs);
        float[] student = [.. Permute(golden.Floats("masked"), MaskedRow, outputs), .. Permute(golden.Floats("local"), LocalRow, outputs)];
        foreach (string name in golden.Names.Where(name => name.EndsWith("/loss", StringComparison.Ordinal)))
        {
            string prefix = name[..^"loss".Length];
            bool released = !prefix.Contains("paper/");
            using TestMemory memory = cuda ? TestMemory.OnMachine() : new();
            Result result = Run(memory, student, teacher, golden.Floats("center"),
                DinoLossWeights.Dora(clips, frames, objects, locals, released, released), outputs, Temperatures.Of(golden, name));
            Check(golden, name, [result.Loss]);
            Check(golden, prefix + "gradient/masked", Unpermute(result.Gradient[..(maskedRows * outputs)], MaskedRow, outputs));
            Check(golden, prefix + "gradient/local", Unpermute(result.Gradient[(maskedRows * outputs)..], LocalRow, outputs));
            if (golden.Contains(prefix + "center"))
            {
                Check(golden, prefix + "center", result.Center);
            }
        }
    }

    [Test]
    [Category(Golden.Category)]
    public void Dino_s_loss_is_its_own_code_s([Values] bool cuda)
    {
        using GoldenFile golden = Golden.Open("dino_loss");
        int outputs = golden.Shape("teacher")[1], images = golden.Shape("teacher")[0] / 2,
            locals = (golden.Shape("student")[0] / images) - 2;
        foreach (string name in golden.Names.Where(name => name.EndsWith("/loss", StringComparison.Ordinal)))
        {
            string prefix = name[..^"loss".Length];
            using TestMemory memory = cuda ? TestMemory.OnMachine() : new();
            Result result = Run(memory, golden.Floats("student"), golden.Floats("teacher"), golden.Floats("center"),
                DinoLossWeights.Dino(images, locals), outputs, Temperatures.Of(golden, name));
            Check(golden, name, [result.Loss]);
            Check(golden, prefix + "gradient/student", result.Gradient);
            Check(golden, prefix + "center", result.Center);
        }
    }

    [Test]
    public void Value_gradient_mean_and_entropy_agree_with_the_reference() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[0, 3], Gen.Int[1, 70], Gen.Bool).Sample(
        (clips, frames, objects, locals, outputs, dino) =>
        {
            DinoLossWeights weights = dino ? DinoLossWeights.Dino(clips, locals)
                : DinoLossWeights.Dora(clips, frames, objects, locals, false, false);
            AgreesWithReference(weights, outputs);
        },
        iter: 60, threads: 1);

    /// <summary>Several tiles, the last one short, and more groups than are shared out by student.</summary>
    [TestCase(5000, 2)]
    [TestCase(2060, 20)]
    public void Wide_rows_agree_with_the_reference(int outputs, int clips)
    {
        AgreesWithReference(DinoLossWeights.Dora(clips, 1, 2, 1, false, false), outputs);
        AgreesWithReference(DinoLossWeights.Dino(clips, 1), outputs);
    }

    [Test]
    public void The_reference_s_gradient_is_the_central_difference()
    {
        DinoLossPair[] pairs = [.. Pairs(DinoLossWeights.Dino(2, 1))];
        TestNumbers numbers = new(1);
        double[] student = Agreement.Wide(numbers.Uniform(6 * 5)), teacher = Agreement.Wide(numbers.Uniform(4 * 5)),
            center = Agreement.Wide(numbers.Uniform(5));
        Agreement.IsGradient(
            "dStudent",
            DinoLossReference.Backward(student, teacher, center, pairs, 0.5, 0.3),
            student,
            at => DinoLossReference.Forward(at, teacher, center, pairs, 0.5, 0.3));
    }

    [Test]
    public void The_gradient_may_be_written_over_the_student_s_outputs()
    {
        DinoLossWeights weights = DinoLossWeights.Dora(2, 2, 2, 2, false, false);
        const int outputs = 3000;
        TestNumbers numbers = new(1);
        float[] student = numbers.Uniform(weights.StudentRows.Length * outputs),
            teacher = numbers.Uniform(weights.TeacherRows.Length * outputs), center = numbers.Uniform(outputs);
        Result apart = Run(student, teacher, center, weights, outputs, Usual),
            inPlace = Run(student, teacher, center, weights, outputs, Usual, inPlace: true);
        Assert.That(inPlace.Gradient, Is.EqualTo(apart.Gradient));
        Assert.That(inPlace.Loss, Is.EqualTo(apart.Loss));
    }

    [Test]
    public void Repetition_gives_the_same_bits() => Agreement.SameBits(memory =>
    {
        const int outputs = 5001;
        DinoLossWeights weights = DinoLossWeights.Dora(3, 2, 3, 4, false, false);
        TestNumbers numbers = new(2);
        Result result = Run(memory, numbers.Uniform(weights.StudentRows.Length * outputs),
            numbers.Uniform(weights.TeacherRows.Length * outputs), numbers.Uniform(outputs), weights, outputs, Usual);
        return [result.Loss, .. result.Gradient, .. result.TeacherMean, .. result.Entropy];
    });

    /// <summary>The value tells of a NaN in either network's outputs, wherever it stands: training stops on it.</summary>
    [TestCase(0, true)]
    [TestCase(2047, true)]
    [TestCase(2999, true)]
    [TestCase(0, false)]
    [TestCase(2999, false)]
    public void A_NaN_is_not_hidden(int column, bool inStudent)
    {
        const int outputs = 3000;
        DinoLossWeights weights = DinoLossWeights.Dora(1, 2, 1, 1, false, false);
        TestNumbers numbers = new(2);
        float[] student = numbers.Uniform(weights.StudentRows.Length * outputs),
            teacher = numbers.Uniform(weights.TeacherRows.Length * outputs);
        (inStudent ? student : teacher)[column] = float.NaN;
        Assert.That(Run(student, teacher, numbers.Uniform(outputs), weights, outputs, Usual).Loss, Is.NaN);
    }

    [Test]
    public void Dora_s_weights_with_8_frames_and_3_objects_are_those_of_the_published_reruns()
    {
        DinoLossWeights released = DinoLossWeights.Dora(1, 8, 3, 6, true, true), ours = DinoLossWeights.Dora(1, 8, 3, 6, false, false);
        // A masked view has half of an object's weight in a frame; times 8 frames: the object's weight. The figures are stated to three
        // digits.
        Agreement.Near("weights", [.. released.Weights[..3].Select(weight => 16 * weight)], [0.380, 0.375, 0.333], 5e-4);
        Assert.That(released.Weights[3], Is.Zero);
        // Sums of 72 float32 weights.
        Assert.That(ours.Weights.Sum(weight => (double)weight), Is.EqualTo(1).Within(72 * Agreement.Rounding));
        Assert.That(DinoLossWeights.Dora(2, 3, 2, 0, false, false).Weights.Sum(weight => (double)weight),
            Is.EqualTo(1).Within(12 * Agreement.Rounding));
        Assert.That(DinoLossWeights.Dino(3, 8).Weights.Sum(weight => (double)weight), Is.EqualTo(1).Within(60 * Agreement.Rounding));
    }

    private static void AgreesWithReference(DinoLossWeights weights, int outputs)
    {
        TestNumbers numbers = new(outputs);
        int students = weights.StudentRows.Length, teachers = weights.TeacherRows.Length;
        float[] student = numbers.Uniform(students * outputs), teacher = numbers.Uniform(teachers * outputs),
            center = numbers.Uniform(outputs);
        Result actual = Run(student, teacher, center, weights, outputs, Usual);

        double[] wideStudent = Agreement.Wide(student), wideTeacher = Agreement.Wide(teacher), wideCenter = Agreement.Wide(center);
        DinoLossPair[] pairs = [.. Pairs(weights)];
        double[] gradient = DinoLossReference.Backward(wideStudent, wideTeacher, wideCenter, pairs, Usual.Student, Usual.Teacher);
        // (teacher − center)/τ_t reaches 50 and its exponential's relative error is that number's few absolute roundings; the exponential's
        // own is 3e-7; the
        // sums' relative error is that of a sum of tiles. Probabilities are weighed by at most the largest pair's weight, and divided by
        // τ_s.
        double relative = (4 * 50 * Agreement.Rounding) + 3e-7 + Agreement.SumError(Math.Min(outputs, 2048), 1);
        double largestWeight = weights.Weights.Max() * weights.TeachersPerGroup;
        Agreement.Near("gradient", actual.Gradient, gradient, 2 * relative * largestWeight / Usual.Student);
        // The value is a mean of cross-entropies up to 20 + log(outputs).
        double loss = DinoLossReference.Forward(wideStudent, wideTeacher, wideCenter, pairs, Usual.Student, Usual.Teacher);
        Agreement.Near("loss", [actual.Loss], [loss], 2 * relative * (20 + Math.Log(outputs)));
        Agreement.Near(
            "entropy",
            actual.Entropy,
            [.. Enumerable.Range(0, teachers).Select(row => DinoLossReference.Entropy(wideTeacher, wideCenter, row, Usual.Teacher))],
            4 * relative * (50 + Math.Log(outputs)));
        Agreement.Near(
            "teacherMean",
            actual.TeacherMean,
            [.. Enumerable.Range(0, outputs).Select(j => Enumerable.Range(0, teachers).Average(row => wideTeacher[(row * outputs) + j]))],
            (teachers + 2) * Agreement.Rounding);
    }

    private static IEnumerable<DinoLossPair> Pairs(DinoLossWeights weights)
    {
        for (int i = 0; i < weights.Weights.Length; i++)
        {
            int student = i / weights.TeachersPerGroup,
                teacher = (student / weights.StudentsPerGroup * weights.TeachersPerGroup) + (i % weights.TeachersPerGroup);
            yield return new(weights.StudentRows[student], weights.TeacherRows[teacher], weights.Weights[i]);
        }
    }

    private static float[] Permute(float[] values, Func<int, int> destination, int width)
    {
        float[] permuted = new float[values.Length];
        for (int row = 0; row < values.Length / width; row++)
        {
            values.AsSpan(row * width, width).CopyTo(permuted.AsSpan(destination(row) * width));
        }

        return permuted;
    }

    private static float[] Unpermute(float[] values, Func<int, int> source, int width)
    {
        float[] permuted = new float[values.Length];
        for (int row = 0; row < values.Length / width; row++)
        {
            values.AsSpan(source(row) * width, width).CopyTo(permuted.AsSpan(row * width));
        }

        return permuted;
    }

    private static void Check(GoldenFile golden, string tensor, float[] actual)
    {
        GoldenComparison comparison = golden.Compare(tensor, actual);
        Assert.That(comparison.Passes, comparison.ToString());
    }

    private static Result Run(float[] student, float[] teacher, float[] center, DinoLossWeights weights, int outputs,
        Temperatures temperatures, bool inPlace = false)
    {
        using TestMemory memory = new();
        return Run(memory, student, teacher, center, weights, outputs, temperatures, inPlace);
    }

    private static Result Run(
        TestMemory memory, float[] student, float[] teacher, float[] center, DinoLossWeights weights, int outputs,
            Temperatures temperatures, bool inPlace = false)
    {
        int students = student.Length / outputs, teachers = teacher.Length / outputs;
        DeviceSpan logits = memory.Upload(student), centers = memory.Upload(center);
        DeviceSpan loss = memory.Output(1), gradient = inPlace ? logits : memory.Output(student.Length), mean = memory.Output(outputs),
            entropy = memory.Output(teachers);
        DinoLossPairs pairs = new(
            weights.Groups,
            weights.TeachersPerGroup,
            weights.StudentsPerGroup,
            memory.Upload(weights.TeacherRows),
            memory.Upload(weights.StudentRows),
            memory.Upload(weights.Weights));
        memory.Kernels.DinoLoss.Forward(
            loss, gradient, mean, entropy, logits, memory.Upload(teacher), centers, pairs, students, teachers, outputs,
                temperatures.Student, temperatures.Teacher);
        memory.Kernels.DinoLoss.UpdateCenter(centers, mean, outputs, temperatures.CenterMomentum);
        return new(memory.Download(loss)[0], memory.Download(gradient), memory.Download(mean), memory.Download(entropy),
            memory.Download(centers));
    }

    private sealed record Result(float Loss, float[] Gradient, float[] TeacherMean, float[] Entropy, float[] Center);

    private readonly partial record struct Temperatures(float Student, float Teacher, float CenterMomentum)
    {
        /// <summary>What the manifest's sentence says, for the epoch in a tensor's name: the teacher's rises linearly over so many
        /// epochs.</summary>
        public static Temperatures Of(GoldenFile golden, string name)
        {
            Match match = Sentence().Match(golden.Section.GetProperty("what").GetString()!);
            double[] numbers = [.. match.Groups.Cast<Group>().Skip(1).Select(group => double.Parse(group.Value))];
            (double first, double last, double rise) = (numbers[1], numbers[2], Math.Max(1, numbers[3] - 1));
            int epoch = int.Parse(name.AsSpan("epoch".Length, name.IndexOf('/') - "epoch".Length));
            return new((float)numbers[0], (float)(first + ((last - first) * Math.Min(epoch, rise) / rise)), (float)numbers[4]);
        }

        [GeneratedRegex(@"student temperature ([\d.]+), teacher (?:temperature )?([\d.]+)->([\d.]+) over (\d+)" +
            @".*center momentum ([\d.]+\d)")]
        private static partial Regex Sentence();
    }
}
