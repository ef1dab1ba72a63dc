using DoRA.Kernels.Sinkhorn;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class SinkhornTests
{
    private const float Epsilon = 0.05f;

    [Test]
    [Category(Golden.Category)]
    public void Assignments_are_the_released_code_s()
    {
        using GoldenFile golden = Golden.Open("sinkhorn");
        Assert.Multiple(() =>
        {
            foreach (string name in golden.Names.Where(name => name.Contains("/iterat")))
            {
                string[] parts = name.Split('/');
                bool fromExponentials = parts[1].StartsWith("iterate", StringComparison.Ordinal);
                int iterations = int.Parse(parts[1].AsSpan(fromExponentials ? "iterate".Length : "iterations".Length));
                int[] shape = golden.Shape(name);
                float[] input = golden.Floats(parts[0] + (fromExponentials ? "/exponentials" : "/logits"));
                float[] actual = Run(input, new(shape[0], shape[1], shape[2]), iterations, fromExponentials);
                Assert.That(golden.Compare(name, actual).Passes, golden.Compare(name, actual).ToString());
            }
        });
    }

    private static float[] Run(float[] input, SinkhornSize size, int iterations, bool fromExponentials = false)
    {
        using TestMemory memory = new();
        DeviceSpan assignment = memory.Output(input.Length), given = memory.Upload(input);
        if (fromExponentials)
        {
            memory.Kernels.Sinkhorn.Iterate(assignment, given, size, iterations);
        }
        else
        {
            memory.Kernels.Sinkhorn.Forward(assignment, given, size, Epsilon, iterations);
        }

        return memory.Download(assignment);
    }
}
