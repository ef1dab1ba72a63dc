using System.Runtime.Intrinsics;
using DoRA.Kernels.Linear;
using DoRA.Kernels.Primitives;

namespace DoRA.Kernels.PatchEmbedding;

/// <summary>The patch projection on the CPU, at one vector width.</summary>
internal static class CpuPatchEmbedding
{
    public static PatchEmbeddingKernels Create(CpuThreads threads, VectorWidth width) => width switch
    {
        VectorWidth.Bits512 => new CpuPatchEmbedding<Lanes512, Vector512<float>>(threads),
        VectorWidth.Bits256 => new CpuPatchEmbedding<Lanes256, Vector256<float>>(threads),
        _ => new CpuPatchEmbedding<Lanes128, Vector128<float>>(threads),
    };
}

/// <summary>A linear layer over patches that are gathered as they are packed: no matrix of patches is written.</summary>
internal sealed unsafe class CpuPatchEmbedding<L, V>(CpuThreads threads) : PatchEmbeddingKernels
    where L : ILanes<V>
    where V : struct
{
    public override void Forward(DeviceSpan embeddings, DeviceSpan images, DeviceSpan weight, DeviceSpan bias, PatchEmbeddingSize size) =>
        MatrixProduct<L, V>.Run(
            threads,
            new PatchLineOperand(new(images.Floats(), size)),
            new LineOperand(weight.Floats(), size.Inputs),
            new LinearTarget<L, V>(embeddings.Floats(), size.Embedding, new() { Bias = bias }),
            size.Images * size.Patches, size.Embedding, size.Inputs);

    public override void Backward(DeviceSpan dWeight, DeviceSpan dBias, DeviceSpan dEmbeddings, DeviceSpan images, PatchEmbeddingSize size, bool accumulate) =>
        MatrixProduct<L, V>.Run(
            threads,
            new ColumnOperand<L, V>(dEmbeddings.Floats(), size.Embedding, null, 1, dBias.FloatsOrNull(), accumulate),
            new PatchColumnOperand(new(images.Floats(), size)),
            new PlainTarget(dWeight.Floats(), size.Inputs, accumulate),
            size.Embedding, size.Inputs, size.Images * size.Patches);
}
