using CsCheck;
using DoRA.Kernels.Sinkhorn;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class SinkhornTests
{
    private const float Epsilon = 0.05f;

    [Test]
    [Category(Golden.Category)]
    public void Assignments_are_the_released_code_s([Values] bool cuda)
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
                float[] actual = Run(input, new(shape[0], shape[1], shape[2]), iterations, fromExponentials, cuda);
                GoldenComparison comparison = golden.Compare(name, actual);
                Assert.That(comparison.Passes, comparison.ToString());
            }
        });
    }

    [Test]
    public void Assignments_agree_with_the_reference() => Gen.Select(Gen.Int[1, 3], Gen.Int[1, 70], Gen.Int[1, 5], Gen.Int[0, 30]).Sample(
        (batch, patches, objects, iterations) =>
        {
            float[] similarity = new TestNumbers(patches).Uniform(batch * patches * objects);
            float[] actual = Run(similarity, new(batch, patches, objects), iterations);
            for (int image = 0; image < batch; image++)
            {
                int start = image * patches * objects;
                double[,] given = Image(similarity, start, patches, objects);
                // Computed in float64, so only the last rounding is left, and ε: 0.05f is meant as 0.05.
                double[] expected = [.. SinkhornReference.Forward(given, 0.05, iterations).Cast<double>()];
                Agreement.Near("assignment", actual[start..(start + (patches * objects))], expected,
                    2 * Agreement.Rounding * Math.Max(1, Agreement.Largest(expected)));
            }
        },
        iter: 60, threads: 1);

    [Test]
    public void Exponentials_with_infinities_agree_with_the_reference() => Gen.Select(Gen.Int[2, 40], Gen.Int[1, 5], Gen.Int[0, 30]).Sample(
        (patches, objects, iterations) =>
        {
            float[] exponentials = new TestNumbers(patches).Uniform(patches * objects, 0.01f);
            exponentials[patches / 2] = float.PositiveInfinity;
            double[] expected = [.. SinkhornReference.Iterate(Image(exponentials, 0, objects, patches), iterations).Cast<double>()];
            Agreement.Near("assignment", Run(exponentials, new(1, patches, objects), iterations, true), expected,
                2 * Agreement.Rounding * Math.Max(1, Agreement.Largest(expected)));
        },
        iter: 60, threads: 1);

    [Test]
    public void Every_patch_is_shared_out_whole_and_every_object_gets_its_share()
    {
        float[] shares = Run(new TestNumbers(1).Uniform(49 * 3), new(1, 49, 3), 200);
        for (int patch = 0; patch < 49; patch++)
        {
            // Three float32 numbers that sum to 1.
            Assert.That((double)shares[3 * patch] + shares[(3 * patch) + 1] + shares[(3 * patch) + 2],
                Is.EqualTo(1).Within(3 * Agreement.Rounding));
        }

        // After 200 iterations the rows have converged as well; 49 roundings.
        Assert.That(Enumerable.Range(0, 49).Sum(patch => (double)shares[3 * patch]), Is.EqualTo(49 / 3.0).Within(49 * Agreement.Rounding));
    }

    [Test]
    public void Repetition_gives_the_same_bits() => Agreement.SameBits(memory =>
    {
        float[] similarity = new TestNumbers(2).Uniform(9 * 196 * 3);
        DeviceSpan assignment = memory.Output(similarity.Length);
        memory.Kernels.Sinkhorn.Forward(assignment, memory.Upload(similarity), new(9, 196, 3), Epsilon, 30);
        return memory.Download(assignment);
    });

    [Test]
    public void A_NaN_is_not_hidden()
    {
        float[] similarity = new TestNumbers(3).Uniform(2 * 20 * 3);
        similarity[7] = float.NaN;
        float[] actual = Run(similarity, new(2, 20, 3), 3);
        Assert.That(actual[..60], Has.All.NaN);
        Assert.That(actual[60..], Has.None.NaN, "the other image");
    }

    private static double[,] Image(float[] values, int start, int rows, int columns)
    {
        double[,] image = new double[rows, columns];
        for (int i = 0; i < rows * columns; i++)
        {
            image[i / columns, i % columns] = values[start + i];
        }

        return image;
    }

    private static float[] Run(float[] input, SinkhornSize size, int iterations, bool fromExponentials = false, bool cuda = false)
    {
        using TestMemory memory = cuda ? TestMemory.OnMachine() : new();
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
