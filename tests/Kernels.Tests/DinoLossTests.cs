using DoRA.Kernels.DinoLoss;
using DoRA.Model;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class DinoLossTests
{
    private const float StudentTemperature = 0.1f;
    private const float CenterMomentum = 0.9f;

    [Test]
    [Category(Golden.Category)]
    public void Dora_s_loss_is_the_released_code_s_and_the_paper_s()
    {
        using GoldenFile golden = Golden.Open("loss");
        (int clips, int frames, int objects, int locals) = (golden.Size("batch"), golden.Size("frames"), golden.Size("objects"), golden.Size("locals"));
        int outputs = golden.Size("out"), maskedRows = clips * frames * objects, localRows = clips * frames * locals;

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
            Result result = Run(student, teacher, golden.Floats("center"), DinoLossWeights.Dora(clips, frames, objects, locals, released, released), outputs, TeacherTemperature(name));
            Check(golden, name, [result.Loss]);
            Check(golden, prefix + "gradient/masked", Unpermute(result.Gradient[..(maskedRows * outputs)], MaskedRow, outputs));
            Check(golden, prefix + "gradient/local", Unpermute(result.Gradient[(maskedRows * outputs)..], LocalRow, outputs));
            if (golden.Contains(prefix + "center"))
            {
                Check(golden, prefix + "center", result.Center);
            }
        }

        Assert.That(localRows, Is.EqualTo(golden.Floats("local").Length / outputs));
    }

    [Test]
    [Category(Golden.Category)]
    public void Dino_s_loss_is_its_own_code_s()
    {
        using GoldenFile golden = Golden.Open("dino_loss");
        int outputs = golden.Shape("teacher")[1], images = golden.Shape("teacher")[0] / 2, locals = (golden.Shape("student")[0] / images) - 2;
        foreach (string name in golden.Names.Where(name => name.EndsWith("/loss", StringComparison.Ordinal)))
        {
            string prefix = name[..^"loss".Length];
            Result result = Run(golden.Floats("student"), golden.Floats("teacher"), golden.Floats("center"), DinoLossWeights.Dino(images, locals), outputs, TeacherTemperature(name));
            Check(golden, name, [result.Loss]);
            Check(golden, prefix + "gradient/student", result.Gradient);
            Check(golden, prefix + "center", result.Center);
        }
    }

    // The manifests: 0.04 → 0.07 over 3 epochs, linearly as numpy.linspace has it.
    private static float TeacherTemperature(string name)
    {
        int epoch = int.Parse(name.AsSpan("epoch".Length, name.IndexOf('/') - "epoch".Length));
        return (float)(0.04 + (0.03 * Math.Min(epoch, 2) / 2));
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

    private static Result Run(float[] student, float[] teacher, float[] center, DinoLossWeights weights, int outputs, float teacherTemperature)
    {
        using TestMemory memory = new();
        int students = student.Length / outputs, teachers = teacher.Length / outputs;
        DeviceSpan loss = memory.Output(1), gradient = memory.Output(student.Length), mean = memory.Output(outputs), entropy = memory.Output(teachers);
        DeviceSpan centers = memory.Upload(center);
        DinoLossPairs pairs = new(
            weights.Groups,
            weights.TeachersPerGroup,
            weights.StudentsPerGroup,
            memory.Upload(weights.TeacherRows),
            memory.Upload(weights.StudentRows),
            memory.Upload(weights.Weights));
        memory.Kernels.DinoLoss.Forward(
            loss, gradient, mean, entropy, memory.Upload(student), memory.Upload(teacher), centers, pairs, students, teachers, outputs, StudentTemperature, teacherTemperature);
        memory.Kernels.DinoLoss.UpdateCenter(centers, mean, outputs, CenterMomentum);
        return new(memory.Download(loss)[0], memory.Download(gradient), memory.Download(mean), memory.Download(entropy), memory.Download(centers));
    }

    private sealed record Result(float Loss, float[] Gradient, float[] TeacherMean, float[] Entropy, float[] Center);
}
