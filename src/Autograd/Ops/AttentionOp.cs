using DoRA.Kernels;
using DoRA.Kernels.Attention;

namespace DoRA.Autograd.Ops;

/// <summary><c>O = softmax(Q Kᵀ/√headDim) V</c>; queries, keys and values are columns of one packed tensor or of several.</summary>
public sealed class AttentionOp : Op
{
    private AttentionOp(Tape tape, TensorRows query, TensorRows key, TensorRows value, AttentionSize size) : base(tape)
    {
        Query = query;
        Key = key;
        Value = value;
        Size = size;
        LogSumExp = Save((long)size.Batch * size.Heads * size.Queries);
    }

    public TensorRows Query { get; }

    public TensorRows Key { get; }

    public TensorRows Value { get; }

    public AttentionSize Size { get; }

    /// <summary>[batch, heads, queries].</summary>
    public DeviceSpan LogSumExp { get; }

    /// <param name="clsAttention">[batch, heads, tokens] float32, optional, written: query 0's probabilities.</param>
    /// <returns>[batch, queries, width].</returns>
    public static Tensor Forward(
        Tape tape, TensorRows query, TensorRows key, TensorRows value, AttentionSize size, DeviceSpan clsAttention = default)
    {
        AttentionOp op = new(tape, query, key, value, size);
        Tensor output = new(tape.Rent((long)size.Batch * size.Queries * size.Width), [size.Batch, size.Queries, size.Width], false);
        tape.Device.Kernels.Attention.Forward(output.Data, op.LogSumExp, clsAttention, query.Data, key.Data, value.Data, size);
        return op.Complete(output, query.Tensor, key.Tensor, value.Tensor);
    }

    /// <inheritdoc/>
    public override void Backward()
    {
        foreach (Tensor packed in new[] { Query.Tensor, Key.Tensor, Value.Tensor }.Distinct())
        {
            ClaimFirst(packed);
        }

        Kernels.Attention.Backward(
            Query.Gradient, Key.Gradient, Value.Gradient, Output.Gradient, Output.Data, LogSumExp, Query.Data, Key.Data, Value.Data, Size);
    }
}
