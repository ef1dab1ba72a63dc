using DoRA.Kernels;
using DoRA.Kernels.PatchEmbedding;

namespace DoRA.Autograd.Ops;

/// <summary><c>E = patches · Wᵀ + b</c>, [images, n, d]. Pixels get no gradient.</summary>
public sealed class PatchEmbeddingOp : Op
{
    private PatchEmbeddingOp(Tape tape, DeviceSpan images, Parameter weight, Parameter bias, PatchEmbeddingSize size) : base(tape)
    {
        Images = images;
        Weight = weight;
        Bias = bias;
        Size = size;
    }

    /// <summary>[images, 3, height, width], the caller's memory; it must live until Backward.</summary>
    public DeviceSpan Images { get; }

    public Parameter Weight { get; }

    public Parameter Bias { get; }

    public PatchEmbeddingSize Size { get; }

    public static Tensor Forward(Tape tape, DeviceSpan images, Parameter weight, Parameter bias, PatchEmbeddingSize size)
    {
        PatchEmbeddingOp op = new(tape, images, weight, bias, size);
        DeviceSpan data = tape.Rent((long)size.Images * size.Patches * size.Embedding);
        Tensor embeddings = new(data, [size.Images, size.Patches, size.Embedding], false);
        tape.Device.Kernels.PatchEmbedding.Forward(embeddings.Data, images, weight.Data.Operand, bias.Data, size);
        return op.Complete(embeddings, weight, bias);
    }

    /// <inheritdoc/>
    public override void Backward()
    {
        bool accumulate = ClaimTogether(Weight, Bias);
        Kernels.PatchEmbedding.Backward(Weight.Gradient, Bias.Gradient, Output.Gradient, Images, Size, accumulate);
    }
}
