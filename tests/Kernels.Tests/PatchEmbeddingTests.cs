using CsCheck;
using DoRA.Kernels.PatchEmbedding;
using DoRA.Kernels.Primitives;
using DoRA.References;

namespace DoRA.Kernels.Tests;

public sealed class PatchEmbeddingTests
{
    [TestCaseSource(typeof(CpuArrays), nameof(CpuArrays.Widths))]
    public void Forward_and_backward_are_the_reference(object width) =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5], Gen.Int[1, 5], Gen.Int[1, 17], Gen.Int[1, 40], Gen.Bool, Gen.Int[0, int.MaxValue]).Sample(
            (images, high, wide, patch, embedding, accumulate, seed) => Check((VectorWidth)width, new(images, high * patch, wide * patch, patch, embedding), accumulate, seed),
            iter: 60, threads: 1);

    [Test]
    public void The_references_gradients_are_central_differences()
    {
        PatchEmbeddingReference reference = new(2, 4, 6, 2, 3);
        Random random = new(1);
        double[] images = CpuArrays.Random(random, 2 * 3 * 24), weight = CpuArrays.Random(random, 36), bias = CpuArrays.Random(random, 3), dEmbeddings = CpuArrays.Random(random, 36);
        (double[] dWeight, double[] dBias) = reference.Backward(dEmbeddings, images);
        CpuArrays.CheckGradient("dWeight", dWeight, weight, dEmbeddings, () => reference.Forward(images, weight, bias));
        CpuArrays.CheckGradient("dBias", dBias, bias, dEmbeddings, () => reference.Forward(images, weight, bias));
    }

    private static void Check(VectorWidth width, PatchEmbeddingSize size, bool accumulate, int seed)
    {
        using CpuArrays arrays = new();
        Random random = new(seed);
        int rows = size.Images * size.Patches;
        double[] images = CpuArrays.Random(random, size.Images * 3 * size.Height * size.Width), weight = CpuArrays.Random(random, size.Embedding * size.Inputs);
        double[] bias = CpuArrays.Random(random, size.Embedding), dEmbeddings = CpuArrays.Random(random, rows * size.Embedding);
        double[] weightStart = CpuArrays.Random(random, weight.Length), biasStart = CpuArrays.Random(random, bias.Length);
        DeviceSpan embeddings = arrays.Undefined(rows * size.Embedding);
        DeviceSpan dWeight = accumulate ? arrays.Upload(weightStart) : arrays.Undefined(weight.Length);
        DeviceSpan dBias = accumulate ? arrays.Upload(biasStart) : arrays.Undefined(bias.Length);
        PatchEmbeddingKernels kernels = CpuPatchEmbedding.Create(arrays.Threads, width);
        kernels.Forward(embeddings, arrays.Upload(images), arrays.Upload(weight), arrays.Upload(bias), size);
        kernels.Backward(dWeight, dBias, arrays.Upload(dEmbeddings), arrays.Upload(images), size, accumulate);

        // A sum of n products of numbers below 1, and one number more: at most n (n + 1) u.
        static double Bound(int terms) => (terms + 4) / 16777216.0 * (terms + 2);
        PatchEmbeddingReference reference = new(size.Images, size.Height, size.Width, size.Patch, size.Embedding);
        (double[] weights, double[] biases) = reference.Backward(dEmbeddings, images);
        CpuArrays.Check("embeddings", arrays.Download(embeddings), reference.Forward(images, weight, bias), _ => Bound(size.Inputs));
        CpuArrays.Check("dWeight", arrays.Download(dWeight), [.. weights.Select((value, i) => accumulate ? value + weightStart[i] : value)], _ => Bound(rows));
        CpuArrays.Check("dBias", arrays.Download(dBias), [.. biases.Select((value, i) => accumulate ? value + biasStart[i] : value)], _ => Bound(rows));
    }
}
