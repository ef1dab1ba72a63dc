using DoRA.Kernels;
using DoRA.Kernels.TokenAssembly;

namespace DoRA.Autograd.Ops;

/// <summary>
/// Token sequences [views, 1 + n, d] from patch embeddings, the CLS token and the position embedding, with the object masks folded in:
/// where a mask is 0 a patch's embedding is the projection's bias.
/// </summary>
public sealed class TokenAssemblyOp : Op
{
    private TokenAssemblyOp(Tape tape, Tensor embeddings, TokenAssemblySize size) : base(tape)
    {
        Embeddings = embeddings;
        Size = size;
    }

    public Tensor Embeddings { get; }

    /// <summary>[views, n] float32, the caller's memory, or absent; it must live until Backward.</summary>
    public DeviceSpan Masks { get; private init; }

    public required Parameter PatchBias { get; init; }

    public required Parameter ClsToken { get; init; }

    public required Tensor Position { get; init; }

    public TokenAssemblySize Size { get; }

    /// <param name="embeddings">[frames, n, d], with the bias in them.</param>
    /// <param name="masks">[frames · viewsPerFrame, n] float32, or absent.</param>
    /// <param name="position">[1 + n, d]: the table itself or a resized one.</param>
    public static Tensor Forward(
        Tape tape, Tensor embeddings, DeviceSpan masks, int viewsPerFrame, Parameter patchBias, Parameter clsToken, Tensor position)
    {
        TokenAssemblySize size = new(embeddings.Shape[0], viewsPerFrame, embeddings.Shape[1], embeddings.Width);
        TokenAssemblyOp op = new(tape, embeddings, size) { Masks = masks, PatchBias = patchBias, ClsToken = clsToken, Position = position };
        Tensor tokens = new(tape.Rent((long)size.Views * size.Tokens * size.Embedding), [size.Views, size.Tokens, size.Embedding], false);
        tape.Device.Kernels.TokenAssembly.Forward(tokens.Data, embeddings.Data, masks, patchBias.Data, clsToken.Data, position.Data, size);
        return masks.IsEmpty
            ? op.Complete(tokens, embeddings, clsToken, position)
            : op.Complete(tokens, embeddings, clsToken, position, patchBias);
    }

    /// <inheritdoc/>
    public override void Backward()
    {
        ClaimFirst(Embeddings);
        bool accumulate = Masks.IsEmpty ? ClaimTogether(ClsToken, Position) : ClaimTogether(PatchBias, ClsToken, Position);
        DeviceSpan patchBiasGradient = Masks.IsEmpty ? default : PatchBias.Gradient;
        Kernels.TokenAssembly.Backward(
            Embeddings.Gradient, patchBiasGradient, ClsToken.Gradient, Position.Gradient, Output.Gradient, Masks, Size, accumulate);
    }
}
